#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "store/database.h"
#include "store/postgres/postgres_session.h"

namespace gregale::store {

// Which connection of which store this is: unique among all that use the database.
struct PostgresName {
  std::string store;
  int64_t number = 0;
};

// A connection that outlives its sessions: where one was lost, Begin opens another.
//
// Which commit was the last is a row of the table commit_mark, written by the same message as
// COMMIT. WasCommitted reads it, and writes it, too: so a COMMIT that is still on its way when it
// looks either finishes before, or finds the row changed since its snapshot and fails.
class PostgresConnection : public SqlConnection {
 public:
  PostgresConnection(std::string url, PostgresName name, std::unique_ptr<PostgresSession> session,
                     const base::Clock& clock);
  ~PostgresConnection() override;

  absl::Status BeginRead() override;
  absl::Status BeginWrite() override;
  absl::Status BeginSchemaChange() override;
  absl::Status LockCommitOrder() override;
  absl::Status Commit() override;
  absl::StatusOr<bool> WasCommitted() override;
  void Rollback() override;
  absl::StatusOr<std::vector<SqlRow>> Query(std::string_view sql,
                                            std::span<const SqlValue> parameters) override;
  absl::StatusOr<int64_t> Execute(std::string_view sql,
                                  std::span<const SqlValue> parameters) override;
  absl::StatusOr<absl::Time> Now() override { return now_; }
  absl::StatusOr<std::vector<std::string>> ColumnsOf(std::string_view table) override;
  absl::Status ContinueSerial(std::string_view table, std::string_view column) override;
  // PostgreSQL has no check of its own that its users may call.
  absl::StatusOr<std::vector<std::string>> FindDamage() override {
    return std::vector<std::string>();
  }

 private:
  enum class Mode { kNone, kRead, kWrite, kSchemaChange };

  absl::Status Connect();
  // `begin` ends with the statement that reads the clock.
  absl::Status Begin(Mode mode, std::string_view begin);
  absl::StatusOr<PostgresResult> Run(std::string_view sql, std::span<const SqlValue> parameters);
  // Writes commit_mark: the text of a statement.
  std::string Mark(int64_t number, std::string_view on_conflict) const;

  const std::string url_;
  const PostgresName name_;
  const std::string mark_;  // the id of our row
  const base::Clock& clock_;
  std::unique_ptr<PostgresSession> session_;
  Mode mode_ = Mode::kNone;
  absl::Time now_;
  bool changed_ = false;  // by the transaction
  int64_t commits_ = 0;   // begun: the number of the newest
};

}  // namespace gregale::store
