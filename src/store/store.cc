#include "store/store.h"

#include <utility>

#include "absl/cleanup/cleanup.h"
#include "base/error.h"
#include "base/text.h"
#include "store/backoff.h"
#include "store/change_watch.h"
#include "store/commit_outcome.h"
#include "store/connection_pool.h"
#include "store/database_url.h"
#include "store/group_writer.h"
#include "store/migrations.h"

namespace gregale::store {

namespace {

constexpr absl::Duration kTransactionTimeMax = absl::Seconds(5);
constexpr int kReadConnectionsMax = 4;

using Body = std::function<absl::Status(Txn&)>;

}  // namespace

absl::StatusOr<std::vector<SqlRow>> Txn::Query(std::string_view sql,
                                               std::span<const SqlValue> parameters) {
  return connection_.Query(sql, parameters);
}

absl::StatusOr<int64_t> Txn::Execute(std::string_view sql, std::span<const SqlValue> parameters) {
  absl::StatusOr<int64_t> rows = connection_.Execute(sql, parameters);
  if (rows.ok() && *rows > 0) changed_ = true;
  return rows;
}

class Store::Impl {
 public:
  Impl(std::unique_ptr<Database> database, const base::Clock& clock)
      : database_(std::move(database)),
        clock_(clock),
        writers_(*database_, database_->WritersMax()),
        readers_(*database_, kReadConnectionsMax) {}

  // Brings the schema up to date and begins to watch for changes.
  absl::Status Start();
  absl::Status Write(const Body& body);
  absl::Status Read(const Body& body);
  void WaitForChange(int64_t& token, absl::Duration timeout) { watch_->Wait(token, timeout); }

 private:
  enum class Mode { kRead, kWrite, kSchemaChange };

  absl::Status Begin(SqlConnection& connection, Mode mode);
  absl::Status Attempt(SqlConnection& connection, Mode mode, const Body& body);
  absl::Status Run(ConnectionPool& pool, Mode mode, const Body& body);

  const std::unique_ptr<Database> database_;
  const base::Clock& clock_;
  ConnectionPool writers_;
  ConnectionPool readers_;
  std::unique_ptr<ChangeWatch> watch_;
  // Null where the database has several writers, and groups their commits itself.
  std::unique_ptr<GroupWriter> group_writer_;
};

absl::Status Store::Impl::Start() {
  GREGALE_RETURN_IF_ERROR(Run(writers_, Mode::kSchemaChange, [this](Txn& txn) {
    return Migrate(txn, database_->SerialPrimaryKey(), Migrations());
  }));
  GREGALE_ASSIGN_OR_RETURN(std::unique_ptr<ChangeSign> sign, database_->WatchChanges());
  watch_ = std::make_unique<ChangeWatch>(std::move(sign));
  if (database_->WritersMax() == 1) {
    group_writer_ =
        std::make_unique<GroupWriter>(GroupWriter::Options{.database = *database_,
                                                           .writers = writers_,
                                                           .watch = *watch_,
                                                           .clock = clock_,
                                                           .limit = kTransactionTimeMax});
  }
  return absl::OkStatus();
}

absl::Status Store::Impl::Write(const Body& body) {
  return group_writer_ != nullptr ? group_writer_->Write(body) : Run(writers_, Mode::kWrite, body);
}

absl::Status Store::Impl::Read(const Body& body) {
  return Run(database_->IsPrivate() ? writers_ : readers_, Mode::kRead, body);
}

absl::Status Store::Impl::Run(ConnectionPool& pool, Mode mode, const Body& body) {
  Backoff backoff(clock_, kTransactionTimeMax, database_->PauseMax());
  GREGALE_ASSIGN_OR_RETURN(ConnectionPool::Loan loan, pool.Borrow(backoff));
  absl::Status status;
  do {
    status = Attempt(loan.connection(), mode, body);
    if (absl::IsUnknown(status)) status = FindOut(loan.connection(), status, backoff);
  } while (absl::IsUnavailable(status) && backoff.Wait());
  loan.connection().Rollback();
  return status;
}

absl::Status Store::Impl::Begin(SqlConnection& connection, Mode mode) {
  switch (mode) {
    case Mode::kRead:
      return connection.BeginRead();
    case Mode::kWrite:
      return connection.BeginWrite();
    case Mode::kSchemaChange:
      return connection.BeginSchemaChange();
  }
  return absl::InternalError("a transaction of no mode");
}

absl::Status Store::Impl::Attempt(SqlConnection& connection, Mode mode, const Body& body) {
  GREGALE_RETURN_IF_ERROR(Begin(connection, mode));
  absl::Cleanup roll_back = [&connection] { connection.Rollback(); };
  GREGALE_ASSIGN_OR_RETURN(const absl::Time now, connection.Now());
  Txn txn(connection, now);
  GREGALE_RETURN_IF_ERROR(body(txn));
  if (mode == Mode::kRead) return absl::OkStatus();
  const absl::Status status = connection.Commit();
  const bool may_be_committed = status.ok() || absl::IsUnknown(status);
  if (may_be_committed && txn.changed() && watch_ != nullptr) watch_->Committed();
  return status;
}

absl::StatusOr<std::unique_ptr<Store>> Store::Open(std::string_view url, const base::Clock& clock) {
  GREGALE_ASSIGN_OR_RETURN(std::unique_ptr<Database> database, DatabaseAt(url, clock));
  return Open(std::move(database), clock);
}

absl::StatusOr<std::unique_ptr<Store>> Store::Open(std::unique_ptr<Database> database,
                                                   const base::Clock& clock) {
  auto impl = std::make_unique<Impl>(std::move(database), clock);
  GREGALE_RETURN_IF_ERROR(impl->Start());
  return std::unique_ptr<Store>(new Store(std::move(impl)));
}

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::~Store() = default;

absl::Status Store::Write(const Body& body) { return impl_->Write(body); }
absl::Status Store::Read(const Body& body) { return impl_->Read(body); }

void Store::WaitForChange(int64_t& token, absl::Duration timeout) {
  impl_->WaitForChange(token, timeout);
}

absl::Status Store::Ping() {
  return Read([](Txn& txn) { return SchemaVersion(txn).status(); });
}

}  // namespace gregale::store
