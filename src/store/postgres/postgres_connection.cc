#include "store/postgres/postgres_connection.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "store/postgres/postgres_listener.h"

namespace gregale::store {

namespace {

constexpr absl::Duration kStatementTimeMax = absl::Seconds(5);
// An index on a large table, or the wait for another process that makes it.
constexpr absl::Duration kSchemaChangeTimeMax = absl::Minutes(10);

// Nobody is in doubt about a commit for so long.
constexpr absl::Duration kMarkTimeMax = absl::Hours(24);

constexpr std::string_view kReadClock =
    "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint";
// Two locks of the database that are ours by these numbers.
constexpr std::string_view kLockSchema = "SELECT pg_advisory_xact_lock(7387425, 1)";
constexpr std::string_view kLockCommitOrder = "SELECT pg_advisory_xact_lock(7387425, 2)";

}  // namespace

PostgresConnection::PostgresConnection(std::string url, PostgresName name,
                                       std::unique_ptr<PostgresSession> session,
                                       const base::Clock& clock)
    : url_(std::move(url)),
      name_(std::move(name)),
      mark_(base::Cat(name_.store, "/", name_.number)),
      clock_(clock),
      session_(std::move(session)) {}

PostgresConnection::~PostgresConnection() {
  if (commits_ == 0 || session_ == nullptr || session_->lost()) return;
  // With the rows of those who could not do this.
  session_
      ->RunScript(base::Cat("DELETE FROM commit_mark WHERE id = '", mark_, "' OR noted_at < ",
                            absl::ToUnixMicros(now_ - kMarkTimeMax)))
      .IgnoreError();
}

absl::Status PostgresConnection::Connect() {
  if (session_ != nullptr && !session_->lost() && session_->IsIdle()) return absl::OkStatus();
  session_.reset();
  GREGALE_ASSIGN_OR_RETURN(session_, PostgresSession::Open(url_, clock_));
  return absl::OkStatus();
}

absl::Status PostgresConnection::Begin(Mode mode, std::string_view begin) {
  GREGALE_RETURN_IF_ERROR(Connect());
  std::vector<PostgresResult> done;
  const absl::Status begun = session_->RunScript(base::Cat(begin, "; ", kReadClock), done);
  if (!begun.ok()) {
    // Lost, or a host that takes no changes any more: another session finds the one that does.
    session_.reset();
    return absl::UnavailableError(begun.message());
  }
  if (done.empty() || done.back().rows.empty()) return absl::InternalError("PostgreSQL: no clock");
  now_ = done.back().rows.front().Time(0);
  mode_ = mode;
  changed_ = false;
  return absl::OkStatus();
}

absl::Status PostgresConnection::BeginRead() {
  return Begin(Mode::kRead, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
}

absl::Status PostgresConnection::BeginWrite() {
  return Begin(Mode::kWrite, "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE");
}

absl::Status PostgresConnection::BeginSchemaChange() {
  GREGALE_RETURN_IF_ERROR(Connect());
  GREGALE_RETURN_IF_ERROR(session_->SetTimeLimit(kSchemaChangeTimeMax));
  // READ COMMITTED: who has waited for the lock must see what was done meanwhile.
  return Begin(Mode::kSchemaChange,
               base::Cat("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; ", kLockSchema));
}

absl::Status PostgresConnection::LockCommitOrder() { return Run(kLockCommitOrder, {}).status(); }

std::string PostgresConnection::Mark(int64_t number, std::string_view on_conflict) const {
  return base::Cat("INSERT INTO commit_mark (id, number, noted_at) VALUES ('", mark_, "', ", number,
                   ", ", absl::ToUnixMicros(now_),
                   ") ON CONFLICT (id) DO UPDATE SET number = ", on_conflict);
}

absl::Status PostgresConnection::Commit() {
  if (mode_ == Mode::kNone || !session_->InTransaction()) {
    return absl::AbortedError("PostgreSQL: the transaction had been rolled back after an error");
  }
  std::string script = "COMMIT";
  if (changed_) {
    // The others are told in a transaction of its own: all that tell wait for each other, and would
    // wait for each other's disks.
    script = base::Cat(Mark(++commits_, "excluded.number"), "; COMMIT; NOTIFY ", kChangeChannel,
                       ", '", name_.store, "'");
  }
  std::vector<PostgresResult> done;
  const absl::Status status = session_->RunScript(script, done);
  for (const PostgresResult& result : done) {
    if (result.tag == "COMMIT") return absl::OkStatus();
  }
  if (status.ok()) return absl::AbortedError("PostgreSQL: rolled back instead of committed");
  return changed_ && session_->lost() ? absl::UnknownError(status.message()) : status;
}

absl::StatusOr<bool> PostgresConnection::WasCommitted() {
  GREGALE_RETURN_IF_ERROR(Connect());
  std::vector<PostgresResult> done;
  GREGALE_RETURN_IF_ERROR(
      session_->RunScript(base::Cat(Mark(0, "commit_mark.number"), " RETURNING number"), done));
  if (done.empty() || done.front().rows.empty()) return absl::UnknownError("no commit mark");
  return done.front().rows.front().Int(0) == commits_;
}

void PostgresConnection::Rollback() {
  const Mode mode = std::exchange(mode_, Mode::kNone);
  if (session_ == nullptr || session_->lost()) return;
  // Where this fails, the session is not idle, and the next Begin takes another.
  if (!session_->IsIdle()) session_->RunScript("ROLLBACK").IgnoreError();
  if (mode == Mode::kSchemaChange) session_->SetTimeLimit(kStatementTimeMax).IgnoreError();
}

absl::StatusOr<PostgresResult> PostgresConnection::Run(std::string_view sql,
                                                       std::span<const SqlValue> parameters) {
  if (mode_ == Mode::kNone || !session_->InTransaction()) {
    // Otherwise what comes after a transaction's end by error would be committed one by one.
    return absl::AbortedError("PostgreSQL: the transaction had been rolled back after an error");
  }
  return session_->Run(sql, parameters);
}

absl::StatusOr<std::vector<SqlRow>> PostgresConnection::Query(
    std::string_view sql, std::span<const SqlValue> parameters) {
  GREGALE_ASSIGN_OR_RETURN(PostgresResult result, Run(sql, parameters));
  return std::move(result.rows);
}

absl::StatusOr<std::vector<std::string>> PostgresConnection::ColumnsOf(std::string_view table) {
  const SqlValue parameters[] = {TextValue(table)};
  GREGALE_ASSIGN_OR_RETURN(const PostgresResult result,
                           Run("SELECT column_name::text FROM information_schema.columns "
                               "WHERE table_schema = current_schema() AND table_name = ? "
                               "ORDER BY ordinal_position",
                               parameters));
  std::vector<std::string> columns;
  for (const SqlRow& row : result.rows) columns.push_back(row.Text(0));
  return columns;
}

absl::Status PostgresConnection::ContinueSerial(std::string_view table, std::string_view column) {
  return Run(base::Cat("SELECT setval(pg_get_serial_sequence('", table, "', '", column,
                       "'), (SELECT COALESCE(MAX(", column, "), 0) + 1 FROM ", table, "), false)"),
             {})
      .status();
}

absl::StatusOr<int64_t> PostgresConnection::Execute(std::string_view sql,
                                                    std::span<const SqlValue> parameters) {
  GREGALE_ASSIGN_OR_RETURN(const PostgresResult result, Run(sql, parameters));
  changed_ = changed_ || result.changed > 0 || mode_ == Mode::kSchemaChange;
  return result.changed;
}

}  // namespace gregale::store
