// fill_store FILE VNFS: a SQLite store of so many VNFs that are ACTIVE and monitored, with all rows
// that their making leaves behind, as if by one executor, whose session another conductor holds.
// One VNF in a thousand is in ERROR.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "bench/filled_store.h"
#include "store/definition_table.h"
#include "store/event_table.h"
#include "store/execution_table.h"
#include "store/member_table.h"
#include "store/operation_table.h"
#include "store/placement_table.h"
#include "store/vim_table.h"
#include "store/vnf_table.h"
#include "store/vnfd_table.h"

namespace gregale::store {
namespace {

constexpr int kVnfsPerTransaction = 2000;
constexpr absl::Duration kForever = absl::Hours(24 * 365 * 10);
constexpr char kVim[] = "00000000-0000-4000-8000-00000000000a";
constexpr char kVnfd[] = "00000000-0000-4000-8000-00000000000b";
constexpr char kTenant[] = "admin";
// About as long as what conductors generate.
const std::string kWorkflow(600, 'x');
const std::string kPolicy(250, 'x');

// An id that belongs to a VNF: its own with another first digit.
std::string IdOf(char kind, const std::string& vnf_id) { return kind + vnf_id.substr(1); }

absl::Status AddCommon(Txn& txn) {
  Vim vim;
  vim.id = kVim;
  vim.tenant_id = kTenant;
  vim.name = "vim";
  vim.type = "local";
  vim.is_default = true;
  GREGALE_RETURN_IF_ERROR(InsertVim(txn, vim));
  Vnfd vnfd;
  vnfd.id = kVnfd;
  vnfd.tenant_id = kTenant;
  vnfd.name = "vnfd";
  vnfd.template_source = "onboarded";
  GREGALE_RETURN_IF_ERROR(InsertVnfd(txn, vnfd));
  Executor executor;
  executor.id = "filled";
  executor.incarnation = "filled";
  executor.address = "127.0.0.1:1";
  executor.capacity = 1'000'000;
  GREGALE_RETURN_IF_ERROR(HeartbeatExecutor(txn, executor, kForever));
  return ClaimSession(txn, executor.id, "another", kForever, executor).status();
}

absl::Status AddExecution(Txn& txn, const Vnf& vnf) {
  Definition workflow;
  workflow.kind = "workflow";
  workflow.scope = "private";
  workflow.id = IdOf('a', vnf.id);
  workflow.tenant_id = kTenant;
  workflow.name = base::Cat("gregale-monitor-", vnf.id);
  workflow.text = kWorkflow;
  workflow.vnf_id = vnf.id;
  GREGALE_RETURN_IF_ERROR(InsertDefinition(txn, workflow));
  Execution execution;
  execution.id = IdOf('b', vnf.id);
  execution.tenant_id = kTenant;
  execution.workflow_id = workflow.id;
  execution.workflow_name = workflow.name;
  execution.vnf_id = vnf.id;
  execution.state = "RUNNING";
  execution.created_at = txn.now();
  GREGALE_RETURN_IF_ERROR(InsertExecution(txn, execution));
  Placement placement;
  placement.vnf_id = vnf.id;
  placement.action_id = vnf.mistral_action_id;
  placement.execution_id = execution.id;
  placement.executor_id = "filled";
  placement.incarnation = "filled";
  placement.acked_version = placement.version;
  placement.workflow_name = workflow.name;
  placement.definition = kWorkflow;
  placement.input = R"({"vnf_id": "...", "addresses": {"VDU1": ["198.18.0.3"]}})";
  placement.placed_at = txn.now();
  return InsertPlacement(txn, placement);
}

absl::Status AddOperation(Txn& txn, const Vnf& vnf) {
  Operation create;
  create.id = IdOf('c', vnf.id);
  create.kind = "create";
  create.vnf_id = vnf.id;
  create.key = base::Cat("create:", vnf.id);
  GREGALE_RETURN_IF_ERROR(InsertOperation(txn, create));
  create.status = "done";
  return FinishOperation(txn, create);
}

absl::Status AddVnf(Txn& txn, uint64_t number) {
  Vnf vnf;
  vnf.id = bench::FilledVnfId(number);
  vnf.tenant_id = kTenant;
  vnf.name = base::Cat("vnf-", number);
  vnf.vnfd_id = kVnfd;
  vnf.vim_id = kVim;
  vnf.status = number % 1000 == 999 ? VnfStatus::kError : VnfStatus::kActive;
  vnf.mistral_action_id = IdOf('d', vnf.id);
  vnf.mgmt_ip_address = R"({"VDU1": "198.18.0.3"})";
  vnf.attributes = {{"monitoring_policy", kPolicy}};
  vnf.created_at = txn.now();
  GREGALE_RETURN_IF_ERROR(InsertVnf(txn, vnf));
  const VduInstance instance = {.vnf_id = vnf.id, .vdu = "VDU1", .addresses = {"198.18.0.3"}};
  GREGALE_RETURN_IF_ERROR(ReplaceVduInstances(txn, vnf.id, {instance}));
  for (const char* type : {"CREATE", "MONITOR"}) {
    GREGALE_RETURN_IF_ERROR(InsertEvent(txn, {.tenant_id = kTenant,
                                              .resource_id = vnf.id,
                                              .resource_type = "vnf",
                                              .resource_state = "ACTIVE",
                                              .event_type = type}));
  }
  GREGALE_RETURN_IF_ERROR(AddOperation(txn, vnf));
  return AddExecution(txn, vnf);
}

absl::Status Fill(const std::string& file, uint64_t vnfs) {
  const base::SystemClock clock;
  GREGALE_ASSIGN_OR_RETURN(const auto store, Store::Open(base::Cat("sqlite://", file), clock));
  absl::Status status = store->Write(AddCommon);
  for (uint64_t done = 0; status.ok() && done < vnfs; done += kVnfsPerTransaction) {
    status = store->Write([&](Txn& txn) -> absl::Status {
      for (uint64_t i = done; i < std::min(vnfs, done + kVnfsPerTransaction); ++i) {
        GREGALE_RETURN_IF_ERROR(AddVnf(txn, i));
      }
      return absl::OkStatus();
    });
  }
  return status;
}

}  // namespace
}  // namespace gregale::store

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: fill_store FILE VNFS\n");
    return 2;
  }
  const absl::Status filled = gregale::store::Fill(argv[1], std::strtoull(argv[2], nullptr, 10));
  if (filled.ok()) return 0;
  std::fprintf(stderr, "fill_store: %s\n", filled.ToString().c_str());
  return 1;
}
