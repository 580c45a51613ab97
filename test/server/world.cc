#include "world.h"

#include <catch2/catch.hpp>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "base/yaml.h"
#include "server/event_handlers.h"
#include "server/http_head.h"
#include "server/vim_handlers.h"
#include "server/vnf_handlers.h"
#include "server/vnfd_handlers.h"
#include "store/operation_table.h"
#include "store/vnf_table.h"

namespace gregale::server {
namespace {

constexpr std::string_view kTemplate =
    R"(tosca_definitions_version: tosca_simple_profile_for_nfv_1_0_0
description: One pinged VDU
metadata: {template_name: pinged}
topology_template:
  inputs:
    image: {type: string, default: small}
  node_templates:
    VDU1:
      type: tosca.nodes.nfv.VDU.Tacker
      properties:
        image: {get_input: image}
        monitoring_policy:
          name: ping
          parameters: {count: 3, interval: 0.5}
          actions: {failure: respawn}
    CP1:
      type: tosca.nodes.nfv.CP.Tacker
      properties: {management: true}
      requirements:
        - virtualLink: {node: VL1}
        - virtualBinding: {node: VDU1}
    VL1:
      type: tosca.nodes.nfv.VL
      properties: {vendor: Gregale}
)";

std::unique_ptr<store::Store> InMemory(const base::Clock& clock) {
  absl::StatusOr<std::unique_ptr<store::Store>> store =
      store::Store::Open("sqlite://:memory:", clock);
  REQUIRE(store.ok());
  return *std::move(store);
}

}  // namespace

World::World() : store_(InMemory(clock_)) {}
World::World(std::unique_ptr<store::Store> store) : store_(std::move(store)) {}

HttpResponse World::Send(std::string_view method, std::string_view target, std::string_view body) {
  absl::StatusOr<HttpTarget> parsed = ParseHttpTarget(target);
  REQUIRE(parsed.ok());
  KnownCaller known(caller);
  RestApi api({.tacker = {.store = *store_, .handlers = handlers(), .authenticator = known}});
  return api.Handle({.method = std::string(method),
                     .target = *std::move(parsed),
                     .host = "127.0.0.1:9890",
                     .content_type = body.empty() ? "" : "application/json",
                     .project_id = project_id,
                     .body = std::string(body)});
}

base::Json World::Json(std::string_view method, std::string_view target, std::string_view body) {
  const HttpResponse response = Send(method, target, body);
  INFO(method << " " << target << ": " << response.status << " " << response.body);
  REQUIRE(response.status / 100 == 2);
  const absl::StatusOr<base::Json> json = base::ParseJson(response.body);
  REQUIRE(json.ok());
  return json->front();
}

void World::SetStatus(std::string_view vnf_name, store::VnfStatus status) {
  const absl::Status written = store_->Write([&](store::Txn& txn) -> absl::Status {
    GREGALE_ASSIGN_OR_RETURN(store::Vnf vnf, FindVnf(txn, caller, vnf_name));
    vnf.status = status;
    GREGALE_RETURN_IF_ERROR(store::UpdateVnf(txn, vnf));
    return store::ReplaceVnfResources(
        txn, vnf.id, {{.vnf_id = vnf.id, .name = "VDU1", .type = "OS::Nova::Server", .id = "r1"}});
  });
  REQUIRE(written.ok());
}

std::string World::RowCounts() {
  std::string counts;
  const absl::Status read = store_->Read([&](store::Txn& txn) -> absl::Status {
    GREGALE_ASSIGN_OR_RETURN(const auto vims, ListVims(txn, caller, {}));
    GREGALE_ASSIGN_OR_RETURN(const auto vnfds, ListVnfds(txn, caller, {}));
    GREGALE_ASSIGN_OR_RETURN(const auto vnfs, ListVnfs(txn, caller, {}));
    GREGALE_ASSIGN_OR_RETURN(const auto events, ListEvents(txn, caller, {}));
    int operations = 0;
    for (const store::Vnf& vnf : vnfs) {
      GREGALE_ASSIGN_OR_RETURN(const auto open, store::FirstOpenOperation(txn, vnf.id));
      operations += open.has_value() ? 1 : 0;
    }
    counts = base::Cat("vims ", vims.size(), ", vnfds ", vnfds.size(), ", vnfs ", vnfs.size(),
                       ", events ", events.size(), ", operations ", operations);
    return absl::OkStatus();
  });
  REQUIRE(read.ok());
  return counts;
}

std::string MonitoredTemplate() { return base::DumpJson(*base::ParseYamlAsJson(kTemplate)); }

std::string MonitoredTemplateYaml() { return std::string(kTemplate); }

}  // namespace gregale::server
