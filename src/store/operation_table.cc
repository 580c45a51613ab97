#include "store/operation_table.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "store/row_errors.h"
#include "store/statement.h"

namespace gregale::store {

namespace {

constexpr std::string_view kColumns =
    "sequence, id, kind, vnf_id, request_key, step, state, run_at, lease_owner, lease_until, "
    "epoch, attempt, status, error, created_at, finished_at";

// `o` is its VNF's first open operation.
constexpr std::string_view kIsFirst =
    "NOT EXISTS (SELECT 1 FROM operation older WHERE older.status = 'open' "
    "AND older.vnf_id = o.vnf_id AND older.sequence < o.sequence)";
// No operation of the VNF, open or ended, `o` or another, is leased: one parameter, now. The lease
// of an ended one stands until its worker has surely stopped.
constexpr std::string_view kIsFree =
    "NOT EXISTS (SELECT 1 FROM operation leased WHERE leased.vnf_id = o.vnf_id "
    "AND leased.lease_until > ?)";

Operation ReadOperation(const SqlRow& row) {
  RowReader read(row);
  Operation operation;
  operation.sequence = read.Int();
  operation.id = read.Text();
  operation.kind = read.Text();
  operation.vnf_id = read.Text();
  operation.key = read.Text();
  operation.step = read.Text();
  operation.state = read.Text();
  operation.run_at = read.Time();
  operation.lease_owner = read.Text();
  operation.lease_until = read.Time();
  operation.epoch = read.Int();
  operation.attempt = static_cast<int>(read.Int());
  operation.status = read.Text();
  operation.error = read.Text();
  operation.created_at = read.Time();
  operation.finished_at = read.Time();
  return operation;
}

// A fenced change of one row: `sql` ends with the condition on id and epoch.
absl::Status ChangeFenced(Txn& txn, const Operation& operation, std::string_view sql,
                          SqlParameters parameters) {
  GREGALE_ASSIGN_OR_RETURN(const int64_t rows, Change(txn, sql, parameters));
  if (rows > 0) return absl::OkStatus();
  return absl::AbortedError(base::Cat("operation ", operation.id,
                                      " has ended or was claimed after epoch ", operation.epoch));
}

}  // namespace

absl::Status InsertOperation(Txn& txn, const Operation& operation) {
  GREGALE_ASSIGN_OR_RETURN(
      const bool inserted,
      Insert(txn, "operation",
             "id, kind, vnf_id, request_key, step, state, run_at, epoch, attempt, status, "
             "created_at",
             {TextValue(operation.id), TextValue(operation.kind), TextValue(operation.vnf_id),
              TextValue(operation.key), TextValue(operation.step), TextValue(operation.state),
              TimeValue(std::max(operation.run_at, absl::UnixEpoch())), 0, 0, TextValue("open"),
              CreatedAt(txn, operation.created_at)}));
  return inserted ? absl::OkStatus() : DuplicateRow("operation", "key", operation.key);
}

absl::StatusOr<Operation> GetOperation(Txn& txn, std::string_view id) {
  GREGALE_ASSIGN_OR_RETURN(
      const std::optional<SqlRow> row,
      SelectFirst(txn, base::Cat("SELECT ", kColumns, " FROM operation WHERE id = ?"),
                  {TextValue(id)}));
  if (!row.has_value()) return RowNotFound("OperationNotFound", "Operation", id);
  return ReadOperation(*row);
}

absl::StatusOr<std::optional<Operation>> FirstOpenOperation(Txn& txn, std::string_view vnf_id) {
  GREGALE_ASSIGN_OR_RETURN(
      const std::optional<SqlRow> row,
      SelectFirst(txn,
                  base::Cat("SELECT ", kColumns,
                            " FROM operation WHERE status = 'open' AND vnf_id = ? "
                            "ORDER BY sequence LIMIT 1"),
                  {TextValue(vnf_id)}));
  if (!row.has_value()) return std::nullopt;
  return ReadOperation(*row);
}

absl::StatusOr<std::optional<Operation>> ClaimOperation(Txn& txn, std::string_view owner,
                                                        absl::Duration lease) {
  GREGALE_ASSIGN_OR_RETURN(
      const std::optional<SqlRow> row,
      SelectFirst(txn,
                  base::Cat("SELECT ", kColumns,
                            " FROM operation o WHERE o.status = 'open' AND o.run_at <= ? AND ",
                            kIsFirst, " AND ", kIsFree, " ORDER BY o.run_at, o.sequence LIMIT 1"),
                  {TimeValue(txn.now()), TimeValue(txn.now())}));
  if (!row.has_value()) return std::nullopt;
  Operation operation = ReadOperation(*row);
  GREGALE_ASSIGN_OR_RETURN(
      const int64_t claimed,
      Change(txn,
             "UPDATE operation SET lease_owner = ?, lease_until = ?, epoch = epoch + 1 "
             "WHERE id = ? AND epoch = ? AND status = 'open'",
             {TextValue(owner), TimeValue(txn.now() + lease), TextValue(operation.id),
              operation.epoch}));
  // Not where writers exclude each other; where they do not, another was faster.
  if (claimed == 0) return absl::UnavailableError("the operation was claimed by another");
  operation.lease_owner = std::string(owner);
  operation.lease_until = txn.now() + lease;
  ++operation.epoch;
  return operation;
}

absl::StatusOr<absl::Time> NextOperationTime(Txn& txn) {
  GREGALE_ASSIGN_OR_RETURN(
      const std::optional<SqlRow> free,
      SelectFirst(txn,
                  base::Cat("SELECT o.run_at FROM operation o WHERE o.status = 'open' AND ",
                            kIsFirst, " AND ", kIsFree, " ORDER BY o.run_at LIMIT 1"),
                  {TimeValue(txn.now())}));
  // Behind a lease: looked up from the leases, which are few.
  GREGALE_ASSIGN_OR_RETURN(
      const std::optional<SqlRow> waiting,
      SelectFirst(txn,
                  base::Cat("SELECT MIN(CASE WHEN l.lease_until > o.run_at THEN l.lease_until "
                            "ELSE o.run_at END) FROM operation l JOIN operation o "
                            "ON o.vnf_id = l.vnf_id AND o.status = 'open' "
                            "WHERE l.lease_until > ? AND ",
                            kIsFirst),
                  {TimeValue(txn.now())}));
  absl::Time next = absl::InfiniteFuture();
  for (const std::optional<SqlRow>* row : {&free, &waiting}) {
    if (row->has_value() && !(*row)->IsNull(0)) next = std::min(next, (*row)->Time(0));
  }
  return next;
}

absl::Status ExtendOperationLease(Txn& txn, const Operation& operation, absl::Duration lease) {
  return ChangeFenced(
      txn, operation,
      "UPDATE operation SET lease_until = ? WHERE id = ? AND epoch = ? AND status = 'open'",
      {TimeValue(txn.now() + lease), TextValue(operation.id), operation.epoch});
}

absl::Status RequeueOperation(Txn& txn, const Operation& operation) {
  return ChangeFenced(
      txn, operation,
      "UPDATE operation SET step = ?, state = ?, attempt = ?, error = ?, "
      "run_at = ?, lease_owner = NULL, lease_until = NULL "
      "WHERE id = ? AND epoch = ? AND status = 'open'",
      {TextValue(operation.step), TextValue(operation.state), operation.attempt,
       TextOrNull(operation.error), TimeValue(std::max(operation.run_at, absl::UnixEpoch())),
       TextValue(operation.id), operation.epoch});
}

absl::Status SaveOperation(Txn& txn, const Operation& operation) {
  return ChangeFenced(
      txn, operation,
      "UPDATE operation SET step = ?, state = ? WHERE id = ? AND epoch = ? AND status = 'open'",
      {TextValue(operation.step), TextValue(operation.state), TextValue(operation.id),
       operation.epoch});
}

absl::Status FinishOperation(Txn& txn, const Operation& operation) {
  if (operation.status != "done" && operation.status != "failed") {
    return absl::InvalidArgumentError(
        base::Cat("an operation ends as done or failed, not as '", operation.status, "'"));
  }
  return ChangeFenced(txn, operation,
                      "UPDATE operation SET step = ?, state = ?, status = ?, error = ?, "
                      "finished_at = ?, lease_owner = NULL, lease_until = NULL "
                      "WHERE id = ? AND epoch = ? AND status = 'open'",
                      {TextValue(operation.step), TextValue(operation.state),
                       TextValue(operation.status), TextOrNull(operation.error),
                       TimeValue(txn.now()), TextValue(operation.id), operation.epoch});
}

absl::Status SupersedeOperations(Txn& txn, std::string_view vnf_id) {
  return ChangeAny(txn,
                   "UPDATE operation SET status = 'superseded', finished_at = ? "
                   "WHERE vnf_id = ? AND status = 'open'",
                   {TimeValue(txn.now()), TextValue(vnf_id)});
}

absl::Status ReleaseOperation(Txn& txn, const Operation& operation) {
  return ChangeAny(
      txn, "UPDATE operation SET lease_owner = NULL, lease_until = NULL WHERE id = ? AND epoch = ?",
      {TextValue(operation.id), operation.epoch});
}

absl::Status ReleaseOperations(Txn& txn, std::string_view owner) {
  return ChangeAny(
      txn, "UPDATE operation SET lease_owner = NULL, lease_until = NULL WHERE lease_owner = ?",
      {TextValue(owner)});
}

absl::StatusOr<bool> InsertIncident(Txn& txn, Incident& incident) {
  const auto number = static_cast<int64_t>(incident.number);
  GREGALE_ASSIGN_OR_RETURN(
      const bool inserted,
      Insert(txn, "incident",
             "action_id, vdu, policy, address, number, vnf_id, operation_id, received_at",
             {TextValue(incident.action_id), TextValue(incident.vdu), TextValue(incident.policy),
              TextValue(incident.address), number, TextValue(incident.vnf_id),
              TextOrNull(incident.operation_id), CreatedAt(txn, incident.received_at)}));
  if (inserted) return true;
  GREGALE_ASSIGN_OR_RETURN(
      const std::optional<SqlRow> row,
      SelectFirst(txn,
                  "SELECT operation_id FROM incident WHERE action_id = ? AND vdu = ? "
                  "AND policy = ? AND address = ? AND number = ?",
                  {TextValue(incident.action_id), TextValue(incident.vdu),
                   TextValue(incident.policy), TextValue(incident.address), number}));
  if (!row.has_value()) return absl::InternalError("a known incident has vanished");
  incident.operation_id = row->Text(0);
  return false;
}

}  // namespace gregale::store
