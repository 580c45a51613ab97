#include "sim/sim_world.h"

#include <cstdio>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "lifecycle/requests.h"
#include "sim/mutants.h"
#include "sim/properties.h"
#include "store/definition_table.h"
#include "store/execution_table.h"
#include "store/operation_table.h"
#include "store/vim_table.h"
#include "store/vnf_table.h"
#include "store/vnfd_table.h"

namespace gregale::sim {
namespace {

constexpr absl::Duration kStep = absl::Milliseconds(5);
constexpr int kStepsPerLook = 20;
constexpr absl::Duration kRestMax = absl::Seconds(60);
constexpr int kConductors = 3;
constexpr int kExecutors = 3;
constexpr size_t kVnfsMax = 12;
constexpr char kVim[] = "00000000-0000-4000-8000-00000000000a";

constexpr char kTemplate[] = R"(
tosca_definitions_version: tosca_simple_profile_for_nfv_1_0_0
metadata: {template_name: simulated}
topology_template:
  node_templates:
    VL1:
      type: tosca.nodes.nfv.VL
      properties: {network_name: net_mgmt, vendor: Gregale}
    VDU1:
      type: tosca.nodes.nfv.VDU.Tacker
      properties:
        image: local
        monitoring_policy:
          name: ping
          parameters: {count: 2, interval: 0.5, timeout: 0.4, monitoring_delay: 1}
          actions: {failure: respawn}
    CP1:
      type: tosca.nodes.nfv.CP.Tacker
      properties: {management: true}
      requirements:
        - virtualLink: {node: VL1}
        - virtualBinding: {node: VDU1}
)";

// Tasks one after the other and side by side, timers, a retry; what may be run again, and what not.
constexpr char kWorkflow[] = R"(
version: '2.0'
simulated:
  tasks:
    first: {action: std.sleep seconds=1, on-success: [again, items, late]}
    again:
      action: std.sleep seconds=2
      safe-rerun: true
      on-complete: last
    items:
      with-items: i in <% range(3) %>
      action: std.sleep seconds=1
      retry: {count: 2, delay: 1}
      on-complete: last
    late: {action: std.noop, wait-before: 2, on-complete: last}
    last: {join: all, action: std.noop}
)";

uint64_t Mix(uint64_t hash, std::string_view text) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return hash;
}

}  // namespace

SimWorld::SimWorld(const RunOptions& options) : options_(options), random_(options.seed) {
  [[maybe_unused]] static const bool quiet = (base::InitLog("sim", base::LogLevel::kError), true);
  const Mutant* mutant = options_.mutant;
  database_ = std::make_unique<SharedDatabase>(
      clock_, mutant == nullptr ? SharedDatabase::Rewrite() : RewriteOf(*mutant));
  store_ = database_->Open(clock_, none_);
  store::Vim vim;
  vim.id = kVim;
  vim.name = "local";
  vim.type = "local";
  vim.is_default = true;
  store_->Write([&](store::Txn& txn) { return store::InsertVim(txn, vim); }).IgnoreError();

  store_
      ->Write([&](store::Txn& txn) {
        return store::InsertDefinition(txn, {.id = base::NewUuid(random_),
                                             .tenant_id = "t",
                                             .kind = "workflow",
                                             .name = "simulated",
                                             .text = kWorkflow,
                                             .scope = "private"});
      })
      .IgnoreError();

  const Surroundings around{
      .network = network_,
      .random = random_,
      .conductors =
          [this] {
            std::vector<Node*> nodes;
            for (const auto& [name, conductor] : conductors_) nodes.push_back(&conductor->node());
            return nodes;
          },
      .heartbeat =
          [this](Node& node, const v1::HeartbeatRequest& request) {
            return conductors_.at(node.name)->Heartbeat(request);
          },
      .report =
          [this](Node& node, const v1::ExecutePolicyActionRequest& request) {
            return conductors_.at(node.name)->Report(request);
          },
      .answers = [this](const std::string& address) { return vim_.Answers(address); }};
  for (int i = 1; i <= kExecutors; ++i) {
    const std::string name = base::Cat("executor", i);
    executors_[name] = std::make_unique<SimExecutor>(name, around);
  }
  for (int i = 1; i <= kConductors; ++i) {
    const std::string name = base::Cat("conductor", i);
    conductors_[name] = std::make_unique<SimConductor>(
        name, SimConductor::World{network_, random_, *database_, vim_, vim_calls_, clock_,
                                  executors_, mutant == nullptr ? 0 : mutant->forgets});
  }
  for (const auto& [name, conductor] : conductors_) conductor->Start(clock_.Now());
  for (const auto& [name, executor] : executors_) executor->Start(clock_.Now());
  // Some runs know only some kinds of faults, so that rare combinations come up, too.
  for (uint64_t kind = 0; kind < 8; ++kind) {
    if (random_.Below(3) > 0) kinds_.insert(kind);
  }
}

SimWorld::~SimWorld() = default;

RunResult SimWorld::Run() {
  Properties properties(*this);
  const base::MonoTime end = clock_.Now() + options_.duration;
  int steps = 0;
  while (clock_.Now() < end && result_.violation.empty()) {
    Step();
    if (++steps % kStepsPerLook != 0) continue;
    Operate();
    Disturb();
    result_.violation = properties.Safety();
  }
  Rest();
  const base::MonoTime patience = clock_.Now() + kRestMax;
  std::string unrest = "it was not looked";
  while (result_.violation.empty() && !unrest.empty() && clock_.Now() < patience) {
    for (int i = 0; i < 5 * kStepsPerLook; ++i) Step();
    result_.violation = properties.Safety();
    unrest = properties.Liveness();
  }
  if (result_.violation.empty()) result_.violation = unrest;
  Trace(base::Cat("end ", result_.violation));
  return result_;
}

void SimWorld::Step() {
  clock_.RunFor(kStep);
  network_.Deliver();
  for (const auto& [name, conductor] : conductors_) Advance(conductor->node(), kStep);
  for (const auto& [name, executor] : executors_) {
    Advance(executor->node(), kStep);
    executor->BreakSessions();
  }
}

void SimWorld::Advance(Node& node, absl::Duration time) {
  if (!node.running) return;
  node.scheduler->SetWallError(node.wall_error);
  const absl::Duration passed = time * node.clock_rate;
  if (node.hung) {
    node.scheduler->Sleep(passed);
  } else {
    node.scheduler->RunFor(passed);
  }
}

Node& SimWorld::AnyNode() {
  std::vector<Node*> nodes;
  for (const auto& [name, conductor] : conductors_) nodes.push_back(&conductor->node());
  for (const auto& [name, executor] : executors_) nodes.push_back(&executor->node());
  return *nodes[random_.Below(nodes.size())];
}

void SimWorld::Disturb() {
  if (clock_.Now() >= mend_at_) {
    network_.Mend();
    mend_at_ = base::MonoTime::Never();
  }
  // What lies down gets up again, now and then.
  for (const auto& [name, conductor] : conductors_) {
    if (!conductor->node().running && random_.Below(20) == 0) conductor->Start(clock_.Now());
    if (random_.Below(20) == 0) conductor->node().hung = false;
    if (random_.Below(20) == 0) conductor->faults().away = false;
  }
  for (const auto& [name, executor] : executors_) {
    if (!executor->node().running && random_.Below(20) == 0) executor->Start(clock_.Now());
    if (random_.Below(20) == 0) executor->node().hung = false;
  }
  if (random_.Below(12) != 0 || kinds_.empty()) return;
  auto kind = kinds_.begin();
  std::advance(kind, static_cast<long>(random_.Below(kinds_.size())));
  ++result_.faults;
  DisturbNode(*kind);
}

void SimWorld::DisturbNode(uint64_t kind) {
  Node& node = AnyNode();
  const auto conductor = conductors_.find(node.name);
  const auto executor = executors_.find(node.name);
  const bool conducts = conductor != conductors_.end();
  Trace(base::Cat("fault ", kind, " at ", node.name));
  switch (kind) {
    case 0:  // kill -9
      conducts ? conductor->second->Kill() : executor->second->Kill();
      return;
    case 1:  // SIGSTOP
      node.hung = node.running;
      return;
    case 2: {  // a way is cut, in one direction or in both
      Node& other = AnyNode();
      network_.Cut(node.name, other.name);
      if (random_.Below(2) == 0) network_.Cut(other.name, node.name);
      mend_at_ = clock_.Now() + absl::Milliseconds(500 + random_.Below(5000));
      return;
    }
    case 3:  // the database is out of reach
      if (conducts) conductor->second->faults().away = true;
      return;
    case 4:  // a commit is done, and its answer lost
      if (conducts) ++conductor->second->faults().lost_answers;
      return;
    case 5:  // the process stands still in its next call to the VIM, or just after it
      if (conducts) conductor->second->StallAtVim([this, &node] { Stall(node); });
      return;
    case 6:  // the VIM does half of what it is asked
      vim_.InterruptCalls(1);
      return;
    default:
      SkewClock(node);
  }
}

// Somebody sets the calendar wrong, by up to an hour, and the clocks go up to 1 % too fast or slow.
void SimWorld::SkewClock(Node& node) {
  const auto per_mille = static_cast<int64_t>(random_.Below(21)) - 10;
  node.clock_rate = 1 + static_cast<double>(per_mille) / 1000;
  node.wall_error = absl::Seconds(static_cast<int64_t>(random_.Below(7201)) - 3600);
}

// The world goes on while one node is inside a call.
void SimWorld::Stall(Node& node) {
  if (stalled_) return;
  stalled_ = node.hung = true;
  Trace(base::Cat(node.name, " stands still"));
  const uint64_t steps = 100 + random_.Below(1000);
  for (uint64_t i = 0; i < steps; ++i) Step();
  stalled_ = node.hung = false;
}

void SimWorld::Operate() {
  const uint64_t what = random_.Below(40);
  if (what == 0 && subjects_.size() < kVnfsMax) CreateVnf();
  if (what == 1 && random_.Below(4) == 0) DeleteVnf();
  if (what == 2 || what == 3) BreakVnf();
  if (what == 4) StartExecution();
  if (what == 5 && random_.Below(4) == 0) StopExecution();
}

void SimWorld::CreateVnf() {
  store::Vnfd vnfd;
  vnfd.id = base::NewUuid(random_);
  vnfd.name = base::Cat("vnfd", subjects_.size());
  vnfd.template_yaml = kTemplate;
  vnfd.template_source = "inline";
  store::Vnf vnf;
  vnf.id = base::NewUuid(random_);
  vnf.name = base::Cat("vnf", subjects_.size());
  vnf.vnfd_id = vnfd.id;
  vnf.vim_id = kVim;
  store::Operation operation;
  operation.id = base::NewUuid(random_);
  operation.kind = lifecycle::kCreateKind;
  operation.vnf_id = vnf.id;
  operation.key = "create:" + vnf.id;
  const absl::Status created = store_->Write([&](store::Txn& txn) -> absl::Status {
    GREGALE_RETURN_IF_ERROR(store::InsertVnfd(txn, vnfd));
    GREGALE_RETURN_IF_ERROR(store::InsertVnf(txn, vnf));
    return store::InsertOperation(txn, operation);
  });
  if (created.ok()) subjects_[vnf.id] = {};
  Trace("create " + vnf.name);
}

std::string SimWorld::AnyVnf() {
  if (subjects_.empty()) return "";
  auto subject = subjects_.begin();
  std::advance(subject, static_cast<long>(random_.Below(subjects_.size())));
  return subject->second.deleted ? "" : subject->first;
}

void SimWorld::DeleteVnf() {
  const std::string id = AnyVnf();
  if (id.empty()) return;
  const lifecycle::Start start{base::NewUuid(random_), "delete:" + id};
  const absl::Status deleted = store_->Write([&](store::Txn& txn) -> absl::Status {
    GREGALE_ASSIGN_OR_RETURN(store::Vnf vnf, store::GetVnf(txn, id));
    return lifecycle::BeginDelete(txn, vnf, lifecycle::Force::kNo, start);
  });
  if (deleted.ok()) subjects_[id].deleted = true;
  Trace(base::Cat("delete ", id, deleted.ok() ? "" : " refused"));
}

// Only what works is broken, so that there is one incident for each time.
void SimWorld::BreakVnf() {
  const std::string id = AnyVnf();
  if (id.empty()) return;
  std::vector<store::VduInstance> instances;
  bool works = false;
  store_
      ->Read([&](store::Txn& txn) -> absl::Status {
        GREGALE_ASSIGN_OR_RETURN(const store::Vnf vnf, store::GetVnf(txn, id));
        GREGALE_ASSIGN_OR_RETURN(instances, store::ListVduInstances(txn, id));
        works = vnf.status == store::VnfStatus::kActive && !instances.empty() &&
                vim_.Answers(instances[0].addresses.at(0));
        return absl::OkStatus();
      })
      .IgnoreError();
  if (!works) return;
  if (!vim_.Break({}, instances[0].resource_id, infra::Fault::kLink).ok()) return;
  ++subjects_[id].breaks;
  ++result_.breaks;
  Trace("break " + id);
}

void SimWorld::StartExecution() {
  std::string id;
  const absl::Status started = store_->Write([&](store::Txn& txn) -> absl::Status {
    GREGALE_ASSIGN_OR_RETURN(const store::Execution execution,
                             engine_.Start(txn, {.tenant_id = "t", .workflow = "simulated"}));
    id = execution.id;
    return absl::OkStatus();
  });
  if (!started.ok()) return;
  started_.push_back(id);
  ++result_.executions;
  Trace("execution " + id);
}

void SimWorld::StopExecution() {
  if (started_.empty()) return;
  const std::string& id = started_[random_.Below(started_.size())];
  store_
      ->Write([&](store::Txn& txn) {
        return engine_.Stop(txn, id, workflow::State::kCancelled, std::nullopt);
      })
      .IgnoreError();
  Trace("stop " + id);
}

// No faults any more: everything runs, everything is reached; but one of each may be lost for ever.
void SimWorld::Rest() {
  network_.Mend();
  const uint64_t lost_conductor = random_.Below(2 * kConductors);
  const uint64_t lost_executor = random_.Below(2 * kExecutors);
  uint64_t number = 0;
  for (const auto& [name, conductor] : conductors_) {
    if (number++ == lost_conductor) {
      conductor->Kill();
      continue;
    }
    if (!conductor->node().running) conductor->Start(clock_.Now());
    conductor->node().hung = false;
    conductor->faults() = {.forgets = options_.mutant == nullptr ? 0 : options_.mutant->forgets};
  }
  number = 0;
  for (const auto& [name, executor] : executors_) {
    if (number++ == lost_executor) {
      executor->Kill();
      continue;
    }
    if (!executor->node().running) executor->Start(clock_.Now());
    executor->node().hung = false;
  }
  vim_.InterruptCalls(0);
  Trace("rest");
}

void SimWorld::Trace(const std::string& line) {
  const std::string text =
      base::Cat(absl::FormatDuration(clock_.Now().since_start() - absl::Hours(1)), " ", line);
  result_.trace_hash =
      Mix(result_.trace_hash == 0 ? 14695981039346656037u : result_.trace_hash, text);
  if (options_.trace) std::fprintf(stderr, "%s\n", text.c_str());
}

}  // namespace gregale::sim
