#include "sim/sim_store.h"

#include <utility>

#include "absl/status/statusor.h"
#include "store/database_url.h"

namespace gregale::sim {

// One node's connection: the shared one, and the node's faults.
class SharedDatabase::Connection final : public store::SqlConnection {
 public:
  Connection(SharedDatabase& shared, StoreFaults& faults) : shared_(shared), faults_(faults) {}

  absl::Status BeginRead() override { return Begin(&store::SqlConnection::BeginRead); }
  absl::Status BeginWrite() override {
    if (const auto stall = std::exchange(faults_.stall, nullptr)) stall();
    return Begin(&store::SqlConnection::BeginWrite);
  }
  absl::Status Commit() override {
    if (faults_.forgets > 0 && ++commits_ % faults_.forgets == 0) {
      inner().Rollback();
      return absl::OkStatus();
    }
    const absl::Status status = inner().Commit();
    if (!status.ok()) return status;
    ++shared_.commits_;
    if (faults_.lost_answers == 0) return absl::OkStatus();
    --faults_.lost_answers;
    return absl::UnknownError("the answer to the commit was lost");
  }
  void Rollback() override { inner().Rollback(); }
  absl::StatusOr<std::vector<store::SqlRow>> Query(
      std::string_view sql, std::span<const store::SqlValue> parameters) override {
    return inner().Query(Rewritten(sql), parameters);
  }
  absl::StatusOr<int64_t> Execute(std::string_view sql,
                                  std::span<const store::SqlValue> parameters) override {
    return inner().Execute(Rewritten(sql), parameters);
  }
  absl::StatusOr<absl::Time> Now() override { return inner().Now(); }
  absl::StatusOr<std::vector<std::string>> ColumnsOf(std::string_view table) override {
    return inner().ColumnsOf(table);
  }
  absl::Status ContinueSerial(std::string_view table, std::string_view column) override {
    return inner().ContinueSerial(table, column);
  }
  absl::StatusOr<std::vector<std::string>> FindDamage() override { return inner().FindDamage(); }

 private:
  // Not kUnavailable, after which a store waits and asks again: the time here does not pass while
  // it waits.
  absl::Status Begin(absl::Status (store::SqlConnection::*begin)()) {
    if (faults_.away) return absl::PermissionDeniedError("the store is away");
    return (inner().*begin)();
  }
  std::string Rewritten(std::string_view sql) const {
    return shared_.rewrite_ ? shared_.rewrite_(sql) : std::string(sql);
  }
  store::SqlConnection& inner() { return *shared_.connection_; }

  SharedDatabase& shared_;
  StoreFaults& faults_;
  int commits_ = 0;
};

class SharedDatabase::Way final : public store::Database {
 public:
  Way(SharedDatabase& shared, StoreFaults& faults) : shared_(shared), faults_(faults) {}
  absl::StatusOr<std::unique_ptr<store::SqlConnection>> Connect() override {
    return std::make_unique<Connection>(shared_, faults_);
  }
  std::string_view SerialPrimaryKey() const override {
    return shared_.database_->SerialPrimaryKey();
  }
  bool IsPrivate() const override { return true; }
  absl::StatusOr<std::unique_ptr<store::ChangeSign>> WatchChanges() override { return nullptr; }

 private:
  SharedDatabase& shared_;
  StoreFaults& faults_;
};

SharedDatabase::SharedDatabase(const base::Clock& clock, Rewrite rewrite)
    : database_(*store::DatabaseAt("sqlite://:memory:", clock)),
      rewrite_(std::move(rewrite)),
      connection_(*database_->Connect()) {
  // Where mutants write what they forget.
  connection_->BeginWrite().IgnoreError();
  connection_->Execute("CREATE TABLE nowhere (action_id, executor_id, created_at)", {})
      .status()
      .IgnoreError();
  connection_->Commit().IgnoreError();
}

std::unique_ptr<store::Store> SharedDatabase::Open(const base::Clock& clock, StoreFaults& faults) {
  auto opened = store::Store::Open(std::make_unique<Way>(*this, faults), clock);
  return opened.ok() ? *std::move(opened) : nullptr;
}

}  // namespace gregale::sim
