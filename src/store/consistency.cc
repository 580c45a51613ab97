#include "store/consistency.h"

#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "store/statement.h"

namespace gregale::store {

namespace {

struct Rule {
  std::string_view broken;
  std::string_view sql;  // the ids of what breaks it
};

constexpr Rule kRules[] = {
    {"VDU instances of no VNF",
     "SELECT i.vnf_id FROM vdu_instance i "
     "WHERE NOT EXISTS (SELECT 1 FROM vnf WHERE vnf.id = i.vnf_id)"},
    {"resources of no VNF",
     "SELECT r.vnf_id FROM vnf_resource r "
     "WHERE NOT EXISTS (SELECT 1 FROM vnf WHERE vnf.id = r.vnf_id)"},
    {"VNFs whose descriptor is gone",
     "SELECT id FROM vnf WHERE vnfd_id IS NOT NULL "
     "AND NOT EXISTS (SELECT 1 FROM vnfd WHERE vnfd.id = vnf.vnfd_id)"},
    {"VNFs whose VIM is gone",
     "SELECT id FROM vnf WHERE vim_id IS NOT NULL "
     "AND NOT EXISTS (SELECT 1 FROM vim WHERE vim.id = vnf.vim_id)"},
    {"VNFs that share a current action id",
     "SELECT mistral_action_id FROM vnf WHERE mistral_action_id IS NOT NULL "
     "GROUP BY mistral_action_id HAVING COUNT(*) > 1"},
    {"VNFs with a current action id and no placement",
     "SELECT id FROM vnf WHERE mistral_action_id IS NOT NULL "
     "AND NOT EXISTS (SELECT 1 FROM placement p WHERE p.vnf_id = vnf.id)"},
    {"placements of no VNF",
     "SELECT p.vnf_id FROM placement p "
     "WHERE NOT EXISTS (SELECT 1 FROM vnf WHERE vnf.id = p.vnf_id)"},
    {"placements under another action id than their VNF's",
     "SELECT p.vnf_id FROM placement p JOIN vnf ON vnf.id = p.vnf_id "
     "WHERE vnf.mistral_action_id IS NULL OR vnf.mistral_action_id <> p.action_id"},
    {"current actions that wait to be cancelled",
     "SELECT c.action_id FROM pending_cancel c JOIN placement p ON p.action_id = c.action_id"},
    {"VNFs that wait for an operation that is not there",
     "SELECT id FROM vnf WHERE status LIKE 'PENDING%' AND NOT EXISTS "
     "(SELECT 1 FROM operation o WHERE o.vnf_id = vnf.id AND o.status = 'open')"},
    {"open operations of no VNF",
     "SELECT o.id FROM operation o WHERE o.status = 'open' "
     "AND NOT EXISTS (SELECT 1 FROM vnf WHERE vnf.id = o.vnf_id)"},
    {"operations of an unknown status",
     "SELECT id FROM operation WHERE status NOT IN ('open', 'done', 'failed', 'superseded')"},
    {"operations with half a lease",
     "SELECT id FROM operation WHERE (lease_owner IS NULL AND lease_until IS NOT NULL) "
     "OR (lease_owner IS NOT NULL AND lease_until IS NULL)"},
    {"incidents whose operation is gone",
     "SELECT i.operation_id FROM incident i WHERE i.operation_id IS NOT NULL "
     "AND NOT EXISTS (SELECT 1 FROM operation o WHERE o.id = i.operation_id)"},
    {"workflows of no VNF",
     "SELECT w.id FROM definition w WHERE w.vnf_id IS NOT NULL "
     "AND NOT EXISTS (SELECT 1 FROM vnf WHERE vnf.id = w.vnf_id)"},
    {"executions of no VNF",
     "SELECT e.id FROM execution e WHERE e.vnf_id IS NOT NULL "
     "AND NOT EXISTS (SELECT 1 FROM vnf WHERE vnf.id = e.vnf_id)"},
};

absl::StatusOr<std::vector<Inconsistency>> Check(Txn& txn) {
  std::vector<Inconsistency> found;
  GREGALE_ASSIGN_OR_RETURN(std::vector<std::string> damage, txn.connection().FindDamage());
  if (!damage.empty()) found.push_back({"damage of the database", std::move(damage)});
  for (const Rule& rule : kRules) {
    GREGALE_ASSIGN_OR_RETURN(const std::vector<SqlRow> rows,
                             Select(txn, base::Cat(rule.sql, " LIMIT ", kInconsistenciesShownMax)));
    if (rows.empty()) continue;
    found.push_back({std::string(rule.broken), {}});
    for (const SqlRow& row : rows) found.back().where.push_back(row.Text(0));
  }
  return found;
}

}  // namespace

absl::StatusOr<std::vector<Inconsistency>> FindInconsistencies(Store& store) {
  absl::StatusOr<std::vector<Inconsistency>> found = absl::InternalError("not run");
  const absl::Status status = store.Read([&](Txn& txn) {
    found = Check(txn);
    return found.status();
  });
  if (!status.ok()) return status;
  return found;
}

}  // namespace gregale::store
