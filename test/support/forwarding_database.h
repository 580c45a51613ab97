#pragma once

#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "store/database.h"

namespace gregale::store {

// A connection that does what another does: to be changed in one point by who derives from it.
class ForwardingConnection : public SqlConnection {
 public:
  explicit ForwardingConnection(std::unique_ptr<SqlConnection> inner) : inner_(std::move(inner)) {}

  absl::Status BeginRead() override { return inner_->BeginRead(); }
  absl::Status BeginWrite() override { return inner_->BeginWrite(); }
  absl::Status BeginSchemaChange() override { return inner_->BeginSchemaChange(); }
  absl::Status LockCommitOrder() override { return inner_->LockCommitOrder(); }
  absl::Status Commit() override { return inner_->Commit(); }
  absl::StatusOr<bool> WasCommitted() override { return inner_->WasCommitted(); }
  void Rollback() override { inner_->Rollback(); }
  absl::StatusOr<std::vector<SqlRow>> Query(std::string_view sql,
                                            std::span<const SqlValue> parameters) override {
    return inner_->Query(sql, parameters);
  }
  absl::StatusOr<int64_t> Execute(std::string_view sql,
                                  std::span<const SqlValue> parameters) override {
    return inner_->Execute(sql, parameters);
  }
  absl::StatusOr<absl::Time> Now() override { return inner_->Now(); }
  absl::StatusOr<std::vector<std::string>> ColumnsOf(std::string_view table) override {
    return inner_->ColumnsOf(table);
  }
  absl::Status ContinueSerial(std::string_view table, std::string_view column) override {
    return inner_->ContinueSerial(table, column);
  }
  absl::StatusOr<std::vector<std::string>> FindDamage() override { return inner_->FindDamage(); }
  bool OthersWait() override { return inner_->OthersWait(); }

 protected:
  SqlConnection& inner() { return *inner_; }

 private:
  const std::unique_ptr<SqlConnection> inner_;
};

// A database likewise.
class ForwardingDatabase : public Database {
 public:
  explicit ForwardingDatabase(std::unique_ptr<Database> inner) : inner_(std::move(inner)) {}

  absl::StatusOr<std::unique_ptr<SqlConnection>> Connect() override { return inner_->Connect(); }
  std::string_view SerialPrimaryKey() const override { return inner_->SerialPrimaryKey(); }
  bool IsPrivate() const override { return inner_->IsPrivate(); }
  absl::StatusOr<std::unique_ptr<ChangeSign>> WatchChanges() override {
    return inner_->WatchChanges();
  }
  int WritersMax() const override { return inner_->WritersMax(); }
  absl::Duration PauseMax() const override { return inner_->PauseMax(); }

 private:
  const std::unique_ptr<Database> inner_;
};

}  // namespace gregale::store
