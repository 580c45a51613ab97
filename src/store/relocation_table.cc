#include "store/relocation_table.h"

#include "base/error.h"
#include "base/text.h"
#include "store/json_column.h"
#include "store/placement_table.h"
#include "store/statement.h"

namespace gregale::store {
namespace {

absl::Status Abandon(Txn& txn, std::string_view column, std::string_view value) {
  GREGALE_RETURN_IF_ERROR(
      ChangeAny(txn,
                base::Cat("INSERT INTO pending_cancel (action_id, executor_id, created_at) "
                          "SELECT action_id, executor_id, ? FROM relocation WHERE ",
                          column, " = ? ON CONFLICT DO NOTHING"),
                {TimeValue(txn.now()), TextValue(value)}));
  return ChangeAny(txn, base::Cat("DELETE FROM relocation WHERE ", column, " = ?"),
                   {TextValue(value)});
}

}  // namespace

absl::StatusOr<bool> BeginRelocation(Txn& txn, std::string_view vnf_id, std::string_view action_id,
                                     const Executor& executor) {
  GREGALE_RETURN_IF_ERROR(GetPlacement(txn, vnf_id).status());
  return Insert(txn, "relocation", "vnf_id, action_id, executor_id, incarnation, begun_at",
                {TextValue(vnf_id), TextValue(action_id), TextValue(executor.id),
                 TextValue(executor.incarnation), TimeValue(txn.now())});
}

absl::StatusOr<bool> AbandonRelocation(Txn& txn, std::string_view action_id) {
  GREGALE_ASSIGN_OR_RETURN(const bool known, IsSuccessor(txn, action_id));
  if (!known) return false;
  GREGALE_RETURN_IF_ERROR(Abandon(txn, "action_id", action_id));
  return true;
}

absl::Status AbandonRelocationOf(Txn& txn, std::string_view vnf_id) {
  return Abandon(txn, "vnf_id", vnf_id);
}

absl::StatusOr<std::vector<Relocation>> ListRelocations(Txn& txn) {
  GREGALE_ASSIGN_OR_RETURN(
      const std::vector<SqlRow> rows,
      Select(txn,
             "SELECT r.vnf_id, r.action_id, p.executor_id, r.executor_id, r.begun_at "
             "FROM relocation r JOIN placement p ON p.vnf_id = r.vnf_id ORDER BY r.begun_at"));
  return ReadAll<Relocation>(rows, [](const SqlRow& row) {
    return Relocation{row.Text(0), row.Text(1), row.Text(2), row.Text(3), row.Time(4)};
  });
}

absl::StatusOr<bool> IsSuccessor(Txn& txn, std::string_view action_id) {
  GREGALE_ASSIGN_OR_RETURN(
      const std::optional<SqlRow> row,
      SelectFirst(txn, "SELECT 1 FROM relocation WHERE action_id = ?", {TextValue(action_id)}));
  return row.has_value();
}

absl::StatusOr<std::vector<std::string>> ListMovableVnfs(Txn& txn, std::string_view executor_id,
                                                         const Labels& affinity, int limit) {
  constexpr std::string_view kMovable =
      "executor_id = ? AND acked_version > 0 AND NOT EXISTS "
      "(SELECT 1 FROM relocation r WHERE r.vnf_id = placement.vnf_id) ORDER BY ";
  GREGALE_ASSIGN_OR_RETURN(
      const std::vector<SqlRow> rows,
      affinity.empty()
          ? Select(txn,
                   base::Cat("SELECT vnf_id FROM placement WHERE affinity IS NULL AND ", kMovable,
                             "incarnation, action_id LIMIT ?"),
                   {TextValue(executor_id), limit})
          : Select(txn,
                   base::Cat("SELECT vnf_id FROM placement WHERE affinity = ? AND ", kMovable,
                             "action_id LIMIT ?"),
                   {TextValue(EncodeMap(affinity)), TextValue(executor_id), limit}));
  return ReadAll<std::string>(rows, [](const SqlRow& row) { return row.Text(0); });
}

}  // namespace gregale::store
