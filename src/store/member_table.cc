#include "store/member_table.h"

#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "store/json_column.h"
#include "store/row_errors.h"
#include "store/statement.h"

namespace gregale::store {

namespace {

constexpr std::string_view kExecutorColumns =
    "id, incarnation, address, capacity, load, version, draining + drain_asked, lease_until, "
    "session_owner, session_epoch, session_until, sessions_missed, labels, "
    "busy_permille, comfort";

// Of what is to be cancelled: at most so many rows are forgotten at a time.
constexpr int kCancelsForgottenMax = 1000;

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
  executor.sessions_missed = read.Int();
  executor.draining |= executor.unreachable();
  // Labels that cannot be read are none: the executor is of use without them.
  executor.labels = DecodeMap(read.Text()).value_or(Labels());
  executor.busy_permille = read.Int();
  executor.comfort = read.Int();
  return executor;
}

// Whose cancels wait, one step along the index for each.
absl::StatusOr<std::vector<std::string>> ListCancelled(Txn& txn) {
  std::vector<std::string> executors;
  std::string last;
  while (true) {
    GREGALE_ASSIGN_OR_RETURN(const std::optional<SqlRow> row,
                             SelectFirst(txn,
                                         "SELECT executor_id FROM pending_cancel "
                                         "WHERE executor_id > ? ORDER BY executor_id LIMIT 1",
                                         {TextValue(last)}));
    if (!row.has_value()) return executors;
    executors.push_back(last = row->Text(0));
  }
}

absl::Status ForgetCancels(Txn& txn, absl::Time before) {
  GREGALE_ASSIGN_OR_RETURN(const std::vector<std::string> executors, ListCancelled(txn));
  for (const std::string& id : executors) {
    GREGALE_ASSIGN_OR_RETURN(
        const std::optional<SqlRow> there,
        SelectFirst(txn, "SELECT 1 FROM executor WHERE id = ? AND lease_until >= ?",
                    {TextValue(id), TimeValue(before)}));
    if (there.has_value()) continue;
    GREGALE_RETURN_IF_ERROR(
        ChangeAny(txn,
                  "DELETE FROM pending_cancel WHERE sequence IN (SELECT sequence "
                  "FROM pending_cancel WHERE executor_id = ? ORDER BY sequence LIMIT ?)",
                  {TextValue(id), kCancelsForgottenMax}));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status HeartbeatExecutor(Txn& txn, const Executor& executor, absl::Duration lease) {
  return ChangeAny(
      txn,
      base::Cat(
          "INSERT INTO executor (id, incarnation, address, capacity, load, version, draining, "
          "lease_until, session_epoch, labels, busy_permille) "
          "VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?) "
          "ON CONFLICT (id) DO UPDATE SET incarnation = excluded.incarnation, "
          "address = excluded.address, capacity = excluded.capacity, load = excluded.load, "
          "version = excluded.version, draining = excluded.draining, "
          "labels = excluded.labels, busy_permille = excluded.busy_permille, "
          "comfort = CASE WHEN excluded.busy_permille >= ",
          kTooBusyPermille,
          " THEN excluded.load * 9 / 10 + 1 "
          "WHEN excluded.busy_permille > ",
          kAtEasePermille,
          " AND executor.incarnation = excluded.incarnation THEN executor.comfort END, "
          "sessions_missed = CASE WHEN executor.incarnation = excluded.incarnation "
          "THEN executor.sessions_missed ELSE 0 END, "
          "lease_until = excluded.lease_until"),
      {TextValue(executor.id), TextValue(executor.incarnation), TextValue(executor.address),
       executor.capacity, executor.load, TextOrNull(executor.version), executor.draining,
       TimeValue(txn.now() + lease),
       TextOrNull(executor.labels.empty() ? "" : EncodeMap(executor.labels)),
       executor.busy_permille});
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
  const absl::Time before = txn.now() - age;
  GREGALE_RETURN_IF_ERROR(
      ChangeAny(txn,
                "DELETE FROM executor WHERE lease_until < ? AND NOT EXISTS "
                "(SELECT 1 FROM placement WHERE placement.executor_id = executor.id)",
                {TimeValue(before)}));
  return ForgetCancels(txn, before);
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

absl::Status MissSession(Txn& txn, std::string_view executor_id, std::string_view conductor_id) {
  return ChangeAny(txn,
                   "UPDATE executor SET session_owner = NULL, session_until = NULL, "
                   "sessions_missed = sessions_missed + 1 WHERE id = ? AND session_owner = ?",
                   {TextValue(executor_id), TextValue(conductor_id)});
}

absl::Status MeetSession(Txn& txn, std::string_view executor_id, std::string_view conductor_id) {
  return ChangeAny(txn,
                   "UPDATE executor SET sessions_missed = 0 WHERE id = ? AND session_owner = ?",
                   {TextValue(executor_id), TextValue(conductor_id)});
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
