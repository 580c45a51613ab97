#include "store/member_table.h"

#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "store/row_errors.h"
#include "store/statement.h"

namespace gregale::store {

namespace {

constexpr std::string_view kExecutorColumns =
    "id, incarnation, address, capacity, load, version, draining + drain_asked, lease_until, "
    "session_owner, "
    "session_epoch, session_until";

Executor ReadExecutor(const SqlRow& row) {
  RowReader read(row);
  Executor executor;
  executor.id = read.Text();
  executor.incarnation = read.Text();
  executor.address = read.Text();
  executor.capacity = read.Int();
  executor.load = read.Int();
  executor.version = read.Text();
  executor.draining = read.Bool();
  executor.lease_until = read.Time();
  executor.session_owner = read.Text();
  executor.session_epoch = read.Int();
  executor.session_until = read.Time();
  return executor;
}

}  // namespace

absl::Status HeartbeatExecutor(Txn& txn, const Executor& executor, absl::Duration lease) {
  return ChangeAny(
      txn,
      "INSERT INTO executor (id, incarnation, address, capacity, load, version, draining, "
      "lease_until, session_epoch) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0) "
      "ON CONFLICT (id) DO UPDATE SET incarnation = excluded.incarnation, "
      "address = excluded.address, capacity = excluded.capacity, load = excluded.load, "
      "version = excluded.version, draining = excluded.draining, "
      "lease_until = excluded.lease_until",
      {TextValue(executor.id), TextValue(executor.incarnation), TextValue(executor.address),
       executor.capacity, executor.load, TextOrNull(executor.version), executor.draining,
       TimeValue(txn.now() + lease)});
}

absl::Status SetDrain(Txn& txn, std::string_view executor_id, Drain drain) {
  GREGALE_ASSIGN_OR_RETURN(const int64_t set,
                           Change(txn, "UPDATE executor SET drain_asked = ? WHERE id = ?",
                                  {drain == Drain::kYes ? 1 : 0, TextValue(executor_id)}));
  return set > 0 ? absl::OkStatus() : RowNotFound("ExecutorNotFound", "Executor", executor_id);
}

absl::StatusOr<std::vector<Executor>> ListExecutors(Txn& txn) {
  GREGALE_ASSIGN_OR_RETURN(
      const std::vector<SqlRow> rows,
      Select(txn, base::Cat("SELECT ", kExecutorColumns, " FROM executor ORDER BY id")));
  return ReadAll(rows, &ReadExecutor);
}

absl::Status ForgetExecutors(Txn& txn, absl::Duration age) {
  GREGALE_ASSIGN_OR_RETURN(
      const int64_t forgotten,
      Change(txn,
             "DELETE FROM executor WHERE lease_until < ? AND NOT EXISTS "
             "(SELECT 1 FROM placement WHERE placement.executor_id = executor.id)",
             {TimeValue(txn.now() - age)}));
  if (forgotten == 0) return absl::OkStatus();
  return ChangeAny(txn,
                   "DELETE FROM pending_cancel WHERE NOT EXISTS "
                   "(SELECT 1 FROM executor WHERE executor.id = pending_cancel.executor_id)");
}

absl::StatusOr<bool> ClaimSession(Txn& txn, std::string_view executor_id,
                                  std::string_view conductor_id, absl::Duration lease,
                                  Executor& executor) {
  GREGALE_ASSIGN_OR_RETURN(
      const int64_t claimed,
      Change(txn,
             "UPDATE executor SET "
             "session_epoch = session_epoch + CASE WHEN session_owner = ? THEN 0 ELSE 1 END, "
             "session_owner = ?, session_until = ? "
             "WHERE id = ? AND (session_owner IS NULL OR session_owner = ? OR session_until <= ?)",
             {TextValue(conductor_id), TextValue(conductor_id), TimeValue(txn.now() + lease),
              TextValue(executor_id), TextValue(conductor_id), TimeValue(txn.now())}));
  if (claimed == 0) return false;
  GREGALE_ASSIGN_OR_RETURN(
      const std::optional<SqlRow> row,
      SelectFirst(txn, base::Cat("SELECT ", kExecutorColumns, " FROM executor WHERE id = ?"),
                  {TextValue(executor_id)}));
  if (!row.has_value()) return absl::InternalError("a claimed executor has vanished");
  executor = ReadExecutor(*row);
  return true;
}

absl::Status ReleaseSessions(Txn& txn, std::string_view conductor_id) {
  return ChangeAny(
      txn, "UPDATE executor SET session_owner = NULL, session_until = NULL WHERE session_owner = ?",
      {TextValue(conductor_id)});
}

absl::Status HeartbeatConductor(Txn& txn, const Conductor& conductor, absl::Duration lease) {
  return ChangeAny(txn,
                   "INSERT INTO conductor (id, address, version, lease_until) VALUES (?, ?, ?, ?) "
                   "ON CONFLICT (id) DO UPDATE SET address = excluded.address, "
                   "version = excluded.version, lease_until = excluded.lease_until",
                   {TextValue(conductor.id), TextValue(conductor.address),
                    TextOrNull(conductor.version), TimeValue(txn.now() + lease)});
}

absl::StatusOr<std::vector<Conductor>> ListConductors(Txn& txn) {
  GREGALE_ASSIGN_OR_RETURN(
      const std::vector<SqlRow> rows,
      Select(txn, "SELECT id, address, version, lease_until FROM conductor ORDER BY id"));
  return ReadAll<Conductor>(rows, [](const SqlRow& row) {
    RowReader read(row);
    Conductor conductor;
    conductor.id = read.Text();
    conductor.address = read.Text();
    conductor.version = read.Text();
    conductor.lease_until = read.Time();
    return conductor;
  });
}

absl::Status RemoveConductor(Txn& txn, std::string_view id) {
  return ChangeAny(txn, "DELETE FROM conductor WHERE id = ?", {TextValue(id)});
}

}  // namespace gregale::store
