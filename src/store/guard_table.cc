#include "store/guard_table.h"

#include "base/error.h"
#include "base/text.h"
#include "store/row_errors.h"
#include "store/statement.h"

namespace gregale::store {
namespace {

constexpr std::string_view kKeyIs =
    " WHERE action_id = ? AND vdu = ? AND policy = ? AND address = ? AND number = ?";

constexpr std::string_view kColumns =
    "action_id, vdu, policy, address, number, vnf_id, executor_id, vim_id, first_at, counts_until, "
    "guards, hold, announced, witness_id, asked_at, answer_by, verdict, verdict_reason, "
    "silent_witnesses";

int64_t NumberOf(const IncidentKey& key) { return static_cast<int64_t>(key.number); }

SqlValue TimeOrNull(absl::Time time) {
  return time == absl::InfinitePast() ? SqlValue() : TimeValue(time);
}

IncidentKey ReadKey(RowReader& read) {
  IncidentKey key;
  key.action_id = read.Text();
  key.vdu = read.Text();
  key.policy = read.Text();
  key.address = read.Text();
  key.number = static_cast<uint64_t>(read.Int());
  return key;
}

Suspicion ReadSuspicion(const SqlRow& row) {
  RowReader read(row);
  Suspicion suspicion;
  suspicion.key = ReadKey(read);
  suspicion.vnf_id = read.Text();
  suspicion.executor_id = read.Text();
  suspicion.vim_id = read.Text();
  suspicion.first_at = read.Time();
  suspicion.counts_until = read.Time();
  suspicion.guards = read.Text();
  suspicion.hold = read.Text();
  suspicion.announced = read.Bool();
  suspicion.witness_id = read.Text();
  suspicion.asked_at = read.Time();
  suspicion.answer_by = read.Time();
  suspicion.verdict = read.Text();
  suspicion.verdict_reason = read.Text();
  suspicion.silent_witnesses = static_cast<int>(read.Int());
  return suspicion;
}

absl::StatusOr<int64_t> CountOf(absl::StatusOr<std::optional<SqlRow>> row) {
  GREGALE_RETURN_IF_ERROR(row.status());
  return row->has_value() ? (*row)->Int(0) : 0;
}

}  // namespace

absl::StatusOr<Incident> GetIncident(Txn& txn, const IncidentKey& key) {
  GREGALE_ASSIGN_OR_RETURN(
      const std::optional<SqlRow> row,
      SelectFirst(txn, base::Cat("SELECT vnf_id, operation_id, received_at FROM incident", kKeyIs),
                  {TextValue(key.action_id), TextValue(key.vdu), TextValue(key.policy),
                   TextValue(key.address), NumberOf(key)}));
  if (!row.has_value()) return RowNotFound("IncidentNotFound", "Incident", base::Cat(key.number));
  return Incident{.action_id = key.action_id,
                  .vdu = key.vdu,
                  .policy = key.policy,
                  .address = key.address,
                  .number = key.number,
                  .vnf_id = row->Text(0),
                  .operation_id = row->Text(1),
                  .received_at = row->Time(2)};
}

absl::StatusOr<std::optional<Suspicion>> FindSuspicion(Txn& txn, const IncidentKey& key) {
  GREGALE_ASSIGN_OR_RETURN(
      const std::optional<SqlRow> row,
      SelectFirst(txn, base::Cat("SELECT ", kColumns, " FROM suspicion", kKeyIs),
                  {TextValue(key.action_id), TextValue(key.vdu), TextValue(key.policy),
                   TextValue(key.address), NumberOf(key)}));
  if (!row.has_value()) return std::optional<Suspicion>();
  return std::optional<Suspicion>(ReadSuspicion(*row));
}

absl::Status PutSuspicion(Txn& txn, const Suspicion& suspicion) {
  const IncidentKey& key = suspicion.key;
  GREGALE_RETURN_IF_ERROR(
      ChangeAny(txn, base::Cat("DELETE FROM suspicion", kKeyIs),
                {TextValue(key.action_id), TextValue(key.vdu), TextValue(key.policy),
                 TextValue(key.address), NumberOf(key)}));
  return Insert(
             txn, "suspicion", kColumns,
             {TextValue(key.action_id), TextValue(key.vdu), TextValue(key.policy),
              TextValue(key.address), NumberOf(key), TextValue(suspicion.vnf_id),
              TextValue(suspicion.executor_id), TextValue(suspicion.vim_id),
              TimeValue(suspicion.first_at), TimeValue(suspicion.counts_until),
              TextOrNull(suspicion.guards), TextOrNull(suspicion.hold), suspicion.announced ? 1 : 0,
              TextOrNull(suspicion.witness_id), TimeOrNull(suspicion.asked_at),
              TimeOrNull(suspicion.answer_by), TextOrNull(suspicion.verdict),
              TextOrNull(suspicion.verdict_reason), suspicion.silent_witnesses})
      .status();
}

absl::StatusOr<int64_t> ForgetSuspicions(Txn& txn, const IncidentKey& key) {
  return Change(
      txn, "DELETE FROM suspicion WHERE action_id = ? AND vdu = ? AND policy = ? AND address = ?",
      {TextValue(key.action_id), TextValue(key.vdu), TextValue(key.policy),
       TextValue(key.address)});
}

absl::Status PurgeSuspicions(Txn& txn, absl::Time before) {
  return ChangeAny(txn, "DELETE FROM suspicion WHERE counts_until < ?", {TimeValue(before)});
}

absl::StatusOr<int64_t> CountFailing(Txn& txn, std::string_view executor_id,
                                     std::string_view vim_id) {
  if (!executor_id.empty()) {
    return CountOf(SelectFirst(txn,
                               "SELECT COUNT(DISTINCT vnf_id) FROM suspicion "
                               "WHERE executor_id = ? AND counts_until > ?",
                               {TextValue(executor_id), TimeValue(txn.now())}));
  }
  if (!vim_id.empty()) {
    return CountOf(SelectFirst(txn,
                               "SELECT COUNT(DISTINCT vnf_id) FROM suspicion "
                               "WHERE vim_id = ? AND counts_until > ?",
                               {TextValue(vim_id), TimeValue(txn.now())}));
  }
  return CountOf(SelectFirst(txn,
                             "SELECT COUNT(DISTINCT vnf_id) FROM suspicion WHERE counts_until > ?",
                             {TimeValue(txn.now())}));
}

absl::StatusOr<std::map<std::string, int64_t>> CountMonitoredByVim(Txn& txn) {
  GREGALE_ASSIGN_OR_RETURN(const auto rows,
                           Select(txn,
                                  "SELECT vim_id, COUNT(*) FROM vnf "
                                  "WHERE id IN (SELECT vnf_id FROM placement) "
                                  "OR attributes LIKE '%\"alarming_policy\"%' GROUP BY vim_id"));
  std::map<std::string, int64_t> counts;
  for (const SqlRow& row : rows) counts[row.Text(0)] = row.Int(1);
  return counts;
}

absl::StatusOr<std::vector<Storm>> ListStorms(Txn& txn) {
  GREGALE_ASSIGN_OR_RETURN(const auto rows,
                           Select(txn, "SELECT scope, since FROM storm ORDER BY scope"));
  std::vector<Storm> storms;
  for (const SqlRow& row : rows) storms.push_back({row.Text(0), row.Time(1)});
  return storms;
}

absl::StatusOr<bool> InsertStorm(Txn& txn, std::string_view scope) {
  return Insert(txn, "storm", "scope, since", {TextValue(scope), TimeValue(txn.now())});
}

absl::StatusOr<bool> DeleteStorm(Txn& txn, std::string_view scope) {
  GREGALE_ASSIGN_OR_RETURN(const int64_t deleted,
                           Change(txn, "DELETE FROM storm WHERE scope = ?", {TextValue(scope)}));
  return deleted > 0;
}

absl::Status InsertRepair(Txn& txn, std::string_view vnf_id, std::string_view vdu) {
  return Insert(txn, "repair", "vnf_id, vdu, made_at",
                {TextValue(vnf_id), TextValue(vdu), TimeValue(txn.now())})
      .status();
}

absl::StatusOr<int64_t> CountRepairs(Txn& txn, std::string_view vnf_id, std::string_view vdu,
                                     absl::Time since) {
  return CountOf(
      SelectFirst(txn, "SELECT COUNT(*) FROM repair WHERE vnf_id = ? AND vdu = ? AND made_at > ?",
                  {TextValue(vnf_id), TextValue(vdu), TimeValue(since)}));
}

}  // namespace gregale::store
