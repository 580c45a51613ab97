#include "sim/properties.h"

#include <set>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "store/member_table.h"
#include "store/operation_table.h"
#include "store/placement_table.h"
#include "store/vnf_table.h"

namespace gregale::sim {
namespace {

// What the rows of a query say, two columns: a text and a number.
absl::StatusOr<std::map<std::string, int64_t>> Numbers(store::Txn& txn, std::string_view sql) {
  GREGALE_ASSIGN_OR_RETURN(const std::vector<store::SqlRow> rows, txn.Query(sql, {}));
  std::map<std::string, int64_t> numbers;
  for (const store::SqlRow& row : rows) numbers[row.Text(0)] = row.Int(1);
  return numbers;
}

}  // namespace

std::string Properties::Safety() {
  std::string wrong = world_.vim_calls_.violation;
  const auto note = [&](const std::string& what) {
    if (wrong.empty()) wrong = what;
  };
  const absl::Status read = world_.store_->Read([&](store::Txn& txn) -> absl::Status {
    GREGALE_ASSIGN_OR_RETURN(
        const auto respawns,
        Numbers(txn,
                "SELECT vnf_id, COUNT(*) FROM operation WHERE kind = 'respawn' "
                "GROUP BY vnf_id"));
    int64_t all = 0;
    for (const auto& [id, count] : respawns) {
      all += count;
      const int breaks = world_.subjects_[id].breaks;
      if (count > breaks) note(base::Cat(id, " broke ", breaks, " times, respawned ", count));
    }
    world_.result_.respawns = static_cast<int>(all);
    GREGALE_ASSIGN_OR_RETURN(
        const std::vector<store::SqlRow> states,
        txn.Query("SELECT v.id, v.status, p.executor_id, p.acked_version FROM vnf v "
                  "LEFT JOIN placement p ON p.vnf_id = v.id ORDER BY v.id",
                  {}));
    for (const store::SqlRow& row : states) {
      const std::string state = base::Cat(row.Text(1), " ", row.Text(2), " ", row.Int(3));
      if (std::exchange(shown_[row.Text(0)], state) != state) {
        world_.Trace(base::Cat(row.Text(0), " ", state));
      }
    }
    GREGALE_ASSIGN_OR_RETURN(const auto epochs,
                             Numbers(txn, "SELECT id, session_epoch FROM executor"));
    for (const auto& [id, epoch] : epochs) {
      if (epoch < session_epochs_[id]) note(base::Cat("the session epoch of ", id, " fell"));
      session_epochs_[id] = epoch;
    }
    GREGALE_ASSIGN_OR_RETURN(
        const auto safe, Numbers(txn, "SELECT action_id, 1 FROM action_run WHERE safe_rerun = 1"));
    for (const auto& [id, one] : safe) safe_.insert(id);
    GREGALE_ASSIGN_OR_RETURN(const auto vnfs, Numbers(txn, "SELECT id, 1 FROM vnf"));
    for (const auto& [id, subject] : world_.subjects_) {
      if (!subject.deleted && !vnfs.contains(id)) note(id + " was acknowledged and is gone");
    }
    return absl::OkStatus();
  });
  for (const auto& [name, executor] : world_.executors_) {
    for (const std::string& id : executor->Running()) {
      auto& lives = lives_[id];
      lives.insert({name, executor->node().life});
      if (lives.size() > 1 && !safe_.contains(id)) note(base::Cat("action ", id, " ran twice"));
    }
  }
  return read.ok() ? wrong : read.ToString();
}

std::string Properties::Liveness() {
  std::string wrong;
  const auto note = [&](const std::string& what) {
    if (wrong.empty()) wrong = what;
  };
  std::multiset<std::string> running;
  for (const auto& [name, executor] : world_.executors_) {
    for (const std::string& id : executor->Running()) running.insert(id);
  }
  size_t wanted = 0;
  const absl::Status read = world_.store_->Read([&](store::Txn& txn) -> absl::Status {
    GREGALE_ASSIGN_OR_RETURN(
        const auto open, Numbers(txn, "SELECT id, attempt FROM operation WHERE status = 'open'"));
    if (!open.empty()) note(base::Cat("operation ", open.begin()->first, " is still open"));
    GREGALE_ASSIGN_OR_RETURN(
        const auto going,
        Numbers(txn, "SELECT id, 1 FROM execution WHERE vnf_id IS NULL AND state = 'RUNNING'"));
    if (!going.empty()) note(base::Cat("execution ", going.begin()->first, " still runs"));
    GREGALE_ASSIGN_OR_RETURN(const auto actions,
                             Numbers(txn, "SELECT action_id, attempt FROM action_run"));
    if (!actions.empty()) note(base::Cat("action ", actions.begin()->first, " has not ended"));
    std::set<std::string> deployments;
    for (const auto& [id, subject] : world_.subjects_) {
      const absl::StatusOr<store::Vnf> vnf = store::GetVnf(txn, id);
      if (subject.deleted) {
        if (vnf.ok()) note(id + " is not deleted");
        continue;
      }
      GREGALE_RETURN_IF_ERROR(vnf.status());
      deployments.insert(vnf->instance_id);
      if (vnf->status != store::VnfStatus::kActive) {
        note(base::Cat(id, " is ", store::ToText(vnf->status), " ", vnf->error_reason));
      }
      GREGALE_ASSIGN_OR_RETURN(const auto instances, store::ListVduInstances(txn, id));
      for (const store::VduInstance& instance : instances) {
        for (const std::string& address : instance.addresses) {
          if (!world_.vim_.Answers(address)) note(base::Cat(id, " does not answer at ", address));
        }
      }
      const absl::StatusOr<store::Placement> placement = store::GetPlacement(txn, id);
      if (!placement.ok() || placement->acked_version < placement->version) {
        note(base::Cat(id, " is not monitored with its newest input; its home is ",
                       placement.ok() ? placement->executor_id : "unknown"));
        continue;
      }
      ++wanted;
      if (running.count(placement->action_id) != 1) {
        note(base::Cat(id, " is monitored ", running.count(placement->action_id), " times"));
      }
    }
    for (const std::string& id : world_.vim_.deployments()) {
      if (!deployments.contains(id)) note(base::Cat("deployment ", id, " is nobody's"));
    }
    return absl::OkStatus();
  });
  if (!read.ok()) return read.ToString();
  if (running.size() != wanted) {
    note(base::Cat(running.size(), " monitors run, ", wanted, " are wanted"));
  }
  world_.result_.vnfs = static_cast<int>(world_.subjects_.size());
  return wrong;
}

}  // namespace gregale::sim
