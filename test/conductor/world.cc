#include "conductor/world.h"

#include <catch2/catch.hpp>

#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "conductor/policy_action_handler.h"
#include "store/event_table.h"
#include "store/operation_table.h"
#include "store/placement_table.h"
#include "store/vim_table.h"
#include "store/vnf_table.h"
#include "store/vnfd_table.h"

namespace gregale::conductor {
namespace {

constexpr std::string_view kVdu = R"(
    %VDU%:
      type: tosca.nodes.nfv.VDU.Tacker
      properties:
        image: local
%POLICY%
    CP_%VDU%:
      type: tosca.nodes.nfv.CP.Tacker
      properties: {management: true}
      requirements:
        - virtualLink: {node: VL1}
        - virtualBinding: {node: %VDU%}
)";

std::string VduText(std::string_view vdu, std::string_view policy) {
  std::string text(kVdu);
  for (const auto& [mark, value] : {std::pair<std::string_view, std::string>{"%VDU%", vdu},
                                    {"%POLICY%", std::string(policy)}}) {
    for (size_t at = text.find(mark); at != std::string::npos; at = text.find(mark)) {
      text.replace(at, mark.size(), value);
    }
  }
  return text;
}

std::string PolicyText(std::string_view driver, std::string_view action) {
  return base::Cat("        monitoring_policy:\n          name: ", driver,
                   "\n          parameters: {count: 3, interval: 1}\n          actions: {failure: ",
                   action, "}\n");
}

std::string VnfdText(std::string_view kind) {
  std::string text =
      "tosca_definitions_version: tosca_simple_profile_for_nfv_1_0_0\n"
      "metadata: {template_name: test}\n"
      "topology_template:\n"
      "  node_templates:\n"
      "    VL1:\n"
      "      type: tosca.nodes.nfv.VL\n"
      "      properties: {network_name: net_mgmt, vendor: Gregale}\n";
  if (kind == "guarded") {
    return base::Cat(text, VduText("VDU1", PolicyText("ping", "[respawn, notify]")),
                     "  policies:\n"
                     "  - hook:\n"
                     "      type: tosca.policies.gregale.Notify\n"
                     "      properties: {url: 'https://hooks.example/gregale'}\n"
                     "  - guards:\n"
                     "      type: tosca.policies.gregale.Supervision\n"
                     "      properties: {respawn_limit: 1, affinity: {site: paris}}\n");
  }
  if (kind == "scaled") {
    return base::Cat(text, VduText("VDU1", PolicyText("ping", "vdu_autoheal")),
                     VduText("VDU2", PolicyText("ping", "respawn")),
                     "  policies:\n"
                     "  - SP1:\n"
                     "      type: tosca.policies.tacker.Scaling\n"
                     "      targets: [VDU1]\n"
                     "      properties: {increment: 1, min_instances: 1, max_instances: 3,\n"
                     "        default_instances: 2, cooldown: 60}\n");
  }
  if (kind == "plain") return text + VduText("VDU1", "");
  if (kind == "log") return text + VduText("VDU1", PolicyText("ping", "log"));
  if (kind == "http") return text + VduText("VDU1", PolicyText("http_ping", "respawn"));
  text += VduText("VDU1", PolicyText("ping", "respawn"));
  if (kind == "two") text += VduText("VDU2", PolicyText("http_ping", "respawn"));
  return text;
}

}  // namespace

OneConductor::OneConductor(World& world, std::string id)
    : leases(*world.store, world.clock, kLease),
      policies(world.Policies()),
      worker({.store = *world.store,
              .clock = world.clock,
              .random = world.random,
              .vims = world.vims,
              .leases = leases,
              .conductor_id = std::move(id),
              .webhook = &world.webhook,
              .policies = &policies}) {}

World::World() {
  [[maybe_unused]] static const bool quiet =
      (base::InitLog("conductor_test", base::LogLevel::kError), true);
  auto opened = store::Store::Open("sqlite://:memory:", clock);
  REQUIRE(opened.ok());
  store = *std::move(opened);
  storms = std::make_unique<StormGuard>(*store, clock, guards);
  witnesses = std::make_unique<WitnessDesk>(*store, witness_line, [] {});
  auto deadly = std::make_unique<DeadlyVimDriver>(vim);
  driver = deadly.get();
  drivers.Add(std::move(deadly));
  store::Vim local;
  local.id = kLocalVim;
  local.name = "local";
  local.type = "local";
  local.is_default = true;
  Write([&](store::Txn& txn) { return store::InsertVim(txn, local); });
  store::Vim cloud;
  cloud.id = kOpenstackVim;
  cloud.name = "cloud";
  cloud.type = "openstack";
  Write([&](store::Txn& txn) { return store::InsertVim(txn, cloud); });
}

void World::Write(const std::function<absl::Status(store::Txn&)>& body) {
  const absl::Status written = store->Write(body);
  INFO(written);
  REQUIRE(written.ok());
}

void World::Read(const std::function<absl::Status(store::Txn&)>& body) {
  const absl::Status read = store->Read(body);
  INFO(read);
  REQUIRE(read.ok());
}

std::string World::Boot(std::string_view vnfd, std::string_view name, std::string_view vim_id) {
  store::Vnfd vnfd_row;
  vnfd_row.id = base::NewUuid(random);
  vnfd_row.name = base::Cat("inline-", name);
  vnfd_row.template_yaml = VnfdText(vnfd);
  vnfd_row.template_source = "inline";
  store::Vnf vnf;
  vnf.id = base::NewUuid(random);
  vnf.name = std::string(name);
  vnf.vnfd_id = vnfd_row.id;
  vnf.vim_id = std::string(vim_id);
  store::Operation operation;
  operation.id = base::NewUuid(random);
  operation.kind = "create";
  operation.vnf_id = vnf.id;
  operation.key = "create:" + vnf.id;
  Write([&](store::Txn& txn) -> absl::Status {
    GREGALE_RETURN_IF_ERROR(store::InsertVnfd(txn, vnfd_row));
    GREGALE_RETURN_IF_ERROR(store::InsertVnf(txn, vnf));
    return store::InsertOperation(txn, operation);
  });
  return vnf.id;
}

void World::Delete(const std::string& vnf_id, std::string_view state) {
  store::Operation operation;
  operation.id = base::NewUuid(random);
  operation.kind = "delete";
  operation.vnf_id = vnf_id;
  operation.key = base::Cat("delete:", operation.id);
  operation.state = std::string(state);
  Write([&](store::Txn& txn) -> absl::Status {
    GREGALE_ASSIGN_OR_RETURN(store::Vnf vnf, store::GetVnf(txn, vnf_id));
    vnf.status = store::VnfStatus::kPendingDelete;
    GREGALE_RETURN_IF_ERROR(store::UpdateVnf(txn, vnf));
    return store::InsertOperation(txn, operation);
  });
}

std::string World::BootAndRun(std::string_view vnfd, std::string_view name) {
  const std::string vnf_id = Boot(vnfd, name);
  REQUIRE(RunAll());
  REQUIRE(Vnf(vnf_id).status == store::VnfStatus::kActive);
  return vnf_id;
}

absl::Status World::Ask(const std::string& vnf_id, const Request& request) {
  const std::string id = base::NewUuid(random);
  absl::Status refused;
  const absl::Status written = store->Write([&](store::Txn& txn) -> absl::Status {
    GREGALE_ASSIGN_OR_RETURN(store::Vnf vnf, store::GetVnf(txn, vnf_id));
    const absl::Status begun = request(txn, vnf, {.operation_id = id, .key = "ask:" + id});
    // As a server does: what is out of range has left an event.
    if (!absl::IsOutOfRange(begun)) return begun;
    refused = begun;
    return absl::OkStatus();
  });
  return written.ok() ? refused : written;
}

absl::Status World::Scale(const std::string& vnf_id, lifecycle::Direction direction) {
  return Ask(vnf_id, [=](store::Txn& txn, store::Vnf& vnf, const lifecycle::Start& start) {
    return lifecycle::BeginScale(txn, vnf, {.policy = "SP1", .direction = direction}, start);
  });
}

absl::Status World::Heal(const std::string& vnf_id, const lifecycle::HealRequest& request) {
  return Ask(vnf_id, [&](store::Txn& txn, store::Vnf& vnf, const lifecycle::Start& start) {
    return lifecycle::BeginHeal(txn, vnf, request, start);
  });
}

absl::Status World::Retry(const std::string& vnf_id) { return Ask(vnf_id, lifecycle::BeginRetry); }

bool World::RunAll() {
  OneConductor conductor(*this, "conductor-1");
  return RunAll(conductor.worker);
}

bool World::RunAll(OperationWorker& worker) {
  for (int round = 0; round < 500; ++round) {
    const absl::StatusOr<absl::Duration> idle = worker.RunOne();
    CHECK(idle.ok());
    if (!idle.ok()) return false;
    if (*idle == absl::InfiniteDuration()) return true;
    clock.Advance(*idle);
  }
  return false;
}

v1::ExecutePolicyActionRequest World::Report(const std::string& vnf_id, std::string_view vdu) {
  v1::ExecutePolicyActionRequest request;
  request.set_vnf_id(vnf_id);
  request.set_monitor_return_value("failure");
  request.add_policy_actions("respawn");
  request.set_action_id(Vnf(vnf_id).mistral_action_id);
  request.set_vdu(std::string(vdu));
  request.set_policy("ping");
  request.set_address(Address(vnf_id, vdu));
  request.set_incident(++incident_);
  request.set_reason("timeout");
  request.set_failed_probes(3);
  request.mutable_since()->set_seconds(absl::ToUnixSeconds(clock.Wall() - absl::Seconds(3)));
  return request;
}

absl::StatusOr<v1::ExecutePolicyActionResponse> World::Send(
    const v1::ExecutePolicyActionRequest& request) {
  return ExecutePolicyAction(Policies(), request);
}

PolicyActionEnvironment World::Policies() {
  return {.store = *store,
          .random = random,
          .storms = *storms,
          .witnesses = *witnesses,
          .guards = guards};
}

void World::AckMonitor(const std::string& vnf_id) {
  const store::Placement placement = Placement(vnf_id);
  Write([&](store::Txn& txn) {
    return store::AckPlacement(txn, placement.action_id, placement.version);
  });
}

store::Vnf World::Vnf(const std::string& vnf_id) {
  store::Vnf vnf;
  Read([&](store::Txn& txn) -> absl::Status {
    GREGALE_ASSIGN_OR_RETURN(vnf, store::GetVnf(txn, vnf_id));
    return absl::OkStatus();
  });
  return vnf;
}

bool World::Exists(const std::string& vnf_id) {
  return store->Read([&](store::Txn& txn) { return store::GetVnf(txn, vnf_id).status(); }).ok();
}

store::Placement World::Placement(const std::string& vnf_id) {
  store::Placement placement;
  Read([&](store::Txn& txn) -> absl::Status {
    GREGALE_ASSIGN_OR_RETURN(placement, store::GetPlacement(txn, vnf_id));
    return absl::OkStatus();
  });
  return placement;
}

bool World::HasPlacement(const std::string& vnf_id) {
  return store->Read([&](store::Txn& txn) { return store::GetPlacement(txn, vnf_id).status(); })
      .ok();
}

std::vector<std::string> World::Events(const std::string& vnf_id) {
  std::vector<std::string> events;
  Read([&](store::Txn& txn) -> absl::Status {
    store::ListQuery query;
    query.equals["resource_id"] = {vnf_id};
    GREGALE_ASSIGN_OR_RETURN(const auto rows, store::ListEvents(txn, query));
    events.clear();
    for (const store::Event& row : rows) {
      events.push_back(base::Cat(row.resource_state, " ", row.event_type, " ", row.details));
    }
    return absl::OkStatus();
  });
  return events;
}

int World::CountEvents(const std::string& vnf_id, std::string_view part) {
  int count = 0;
  for (const std::string& event : Events(vnf_id)) count += base::Contains(event, part) ? 1 : 0;
  return count;
}

std::vector<std::string> World::Operations(std::string_view kind) {
  std::vector<std::string> statuses;
  const std::vector<store::SqlValue> parameters = {std::string(kind)};
  Read([&](store::Txn& txn) -> absl::Status {
    GREGALE_ASSIGN_OR_RETURN(
        const auto rows,
        txn.Query("SELECT status FROM operation WHERE kind = ? ORDER BY sequence", parameters));
    statuses.clear();
    for (const store::SqlRow& row : rows) statuses.push_back(row.Text(0));
    return absl::OkStatus();
  });
  return statuses;
}

std::string World::Address(const std::string& vnf_id, std::string_view vdu) {
  const auto addresses = base::ParseJson(Vnf(vnf_id).mgmt_ip_address);
  REQUIRE(addresses.ok());
  return addresses->at(std::string(vdu)).get<std::string>();
}

std::vector<std::string> World::Addresses(const std::string& vnf_id, std::string_view vdu) {
  const auto all = base::ParseJson(Vnf(vnf_id).mgmt_ip_address);
  REQUIRE(all.ok());
  const base::Json of_vdu = all->at(std::string(vdu));
  if (of_vdu.is_string()) return {of_vdu.get<std::string>()};
  return of_vdu.get<std::vector<std::string>>();
}

std::string World::Dump() {
  std::string dump;
  Read([&](store::Txn& txn) -> absl::Status {
    dump.clear();
    GREGALE_ASSIGN_OR_RETURN(
        const auto tables,
        txn.Query("SELECT m.name, group_concat('quote(' || c.name || ')', '||'',''||') "
                  "FROM sqlite_master m JOIN pragma_table_info(m.name) c "
                  "WHERE m.type = 'table' GROUP BY m.name ORDER BY m.name",
                  {}));
    for (const store::SqlRow& table : tables) {
      base::Append(dump, table.Text(0), "\n");
      GREGALE_ASSIGN_OR_RETURN(
          const auto rows,
          txn.Query(base::Cat("SELECT ", table.Text(1), " FROM ", table.Text(0), " ORDER BY 1"),
                    {}));
      for (const store::SqlRow& row : rows) base::Append(dump, "  ", row.Text(0), "\n");
    }
    return absl::OkStatus();
  });
  return dump;
}

}  // namespace gregale::conductor
