// Any server may be asked next: what one has changed, another shows at once, whatever either keeps
// of what it has read before.
#include <stdlib.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <memory>
#include <string>

#include "base/error.h"
#include "base/text.h"
#include "server/http_head.h"
#include "store/vnf_table.h"
#include "world.h"

namespace gregale::server {
namespace {

using base::Json;

class ScratchFile {
 public:
  ScratchFile() {
    std::string name = (std::filesystem::temp_directory_path() / "gregale-server-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    directory_ = name;
  }
  ~ScratchFile() { std::filesystem::remove_all(directory_); }
  std::string url() const { return base::Cat("sqlite://", directory_.string(), "/store.db"); }

 private:
  std::filesystem::path directory_;
};

// A process's part of the world, for as long as the process lives.
class Server {
 public:
  Server(const std::string& url, uint64_t seed) : random_(seed) {
    auto opened = store::Store::Open(url, clock_);
    REQUIRE(opened.ok());
    store_ = *std::move(opened);
    api_ = std::make_unique<RestApi>(
        RestApi::Options{.tacker = {.store = *store_,
                                    .handlers = {random_, secrets_, templates_, ""},
                                    .authenticator = known_}});
  }

  int Ask(std::string_view method, std::string_view target, std::string_view body = "") {
    absl::StatusOr<HttpTarget> parsed = ParseHttpTarget(target);
    REQUIRE(parsed.ok());
    const bool is_json = body.starts_with("{");
    const HttpResponse response = api_->Handle({.method = std::string(method),
                                                .target = *std::move(parsed),
                                                .host = "127.0.0.1:9890",
                                                .content_type = body.empty() ? ""
                                                                : is_json    ? "application/json"
                                                                             : "text/plain",
                                                .body = std::string(body)});
    INFO(method << " " << target << ": " << response.status << " " << response.body);
    const absl::StatusOr<Json> json = base::ParseJson(response.body);
    answer = json.ok() ? *json : Json();
    return response.status;
  }
  void Activate(const std::string& vnf_id) {
    REQUIRE(store_
                ->Write([&](store::Txn& txn) -> absl::Status {
                  GREGALE_ASSIGN_OR_RETURN(store::Vnf vnf, store::GetVnf(txn, vnf_id));
                  vnf.status = store::VnfStatus::kActive;
                  return store::UpdateVnf(txn, vnf);
                })
                .ok());
  }
  void Forget(const std::string& vnf_id) {
    REQUIRE(store_->Write([&](store::Txn& txn) { return store::DeleteVnf(txn, vnf_id); }).ok());
  }

  Json answer;

 private:
  base::FakeClock clock_;
  base::SeededRandom random_;
  base::SecretBox secrets_{std::array<unsigned char, 32>{}};
  TemplateCache templates_;
  const Caller caller_ = {.tenant_id = "admin", .is_admin = true};
  KnownCaller known_{caller_};
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<RestApi> api_;
};

struct TwoServers {
  ScratchFile file;
  Server here{file.url(), 1};
  Server there{file.url(), 2};
};

std::string VnfdBody(std::string_view name, int interval) {
  Json vnfd = *base::ParseJson(MonitoredTemplate());
  Json& vdu = vnfd["topology_template"]["node_templates"]["VDU1"];
  vdu["properties"]["monitoring_policy"]["parameters"]["interval"] = interval;
  return base::DumpJson({{"vnfd",
                          {{"name", name},
                           {"service_types", {{{"service_type", "vnfd"}}}},
                           {"attributes", {{"vnfd", vnfd}}}}}});
}

std::string VnfBody(std::string_view name, std::string_view vnfd_id) {
  return base::DumpJson({{"vnf", {{"name", name}, {"vnfd_id", vnfd_id}}}});
}

TEST_CASE("What one server makes, changes and deletes, another shows so at once") {
  TwoServers servers;
  auto& [file, here, there] = servers;
  REQUIRE(here.Ask("POST", "/v1.0/vims",
                   R"({"vim": {"type": "local", "auth_url": "http://127.0.0.1/", "auth_cred": {},
                       "name": "v", "is_default": true}})") == 201);
  REQUIRE(here.Ask("POST", "/v1.0/vnfds", VnfdBody("d", 1)) == 201);
  const std::string vnfd = here.answer["vnfd"]["id"];
  CHECK(there.Ask("GET", "/v1.0/vnfds/" + vnfd) == 200);

  REQUIRE(here.Ask("POST", "/v1.0/vnfs", VnfBody("f", vnfd)) == 201);
  const std::string vnf = "/v1.0/vnfs/" + here.answer["vnf"]["id"].get<std::string>();
  CHECK(there.Ask("GET", vnf) == 200);
  CHECK(there.answer == here.answer);
  CHECK(there.Ask("GET", "/v1.0/vnfs?name=f") == 200);
  CHECK(there.answer["vnfs"].size() == 1);
  CHECK(there.Ask("POST", "/v1.0/vnfs", VnfBody("f", vnfd)) == 409);

  here.Activate(here.answer["vnf"]["id"]);
  CHECK(there.Ask("GET", vnf) == 200);
  CHECK(there.answer["vnf"]["status"] == "ACTIVE");
  CHECK(there.Ask("DELETE", vnf) == 204);
  CHECK(here.Ask("GET", vnf) == 200);
  CHECK(here.answer["vnf"]["status"] == "PENDING_DELETE");
  there.Forget(here.answer["vnf"]["id"]);
  CHECK(here.Ask("GET", vnf) == 404);
  CHECK(here.Ask("GET", "/v1.0/vnfs") == 200);
  CHECK(here.answer["vnfs"].empty());
  CHECK(here.Ask("POST", "/v1.0/vnfs", VnfBody("f", vnfd)) == 201);
}

TEST_CASE("A VNF is made from the descriptor of now, whoever has read another under its name") {
  TwoServers servers;
  auto& [file, here, there] = servers;
  REQUIRE(here.Ask("POST", "/v1.0/vims",
                   R"({"vim": {"type": "local", "auth_url": "http://127.0.0.1/", "auth_cred": {},
                       "name": "v", "is_default": true}})") == 201);
  for (const int interval : {1, 2}) {
    REQUIRE(here.Ask("POST", "/v1.0/vnfds", VnfdBody("d", interval)) == 201);
    const std::string vnfd = here.answer["vnfd"]["id"];
    for (Server* server : {&here, &there}) {
      REQUIRE(server->Ask("POST", "/v1.0/vnfs", VnfBody("f", "d")) == 201);
      const std::string policy = server->answer["vnf"]["attributes"]["monitoring_policy"];
      CHECK(base::Contains(policy, base::Cat("\"interval\": ", interval)));
      server->Forget(server->answer["vnf"]["id"]);
    }
    REQUIRE(here.Ask("DELETE", "/v1.0/vnfds/" + vnfd) == 204);
    CHECK(there.Ask("POST", "/v1.0/vnfs", VnfBody("g", vnfd)) == 404);
  }
}

TEST_CASE("A workflow runs as it was last written, whoever has run it before") {
  TwoServers servers;
  auto& [file, here, there] = servers;
  const auto workflow = [](int number) {
    return base::Cat("version: '2.0'\nw:\n  output: {n: ", number,
                     "}\n  tasks:\n    t: {action: std.noop, wait-before: ", number, "}\n");
  };
  REQUIRE(here.Ask("POST", "/v2/workflows", workflow(1)) == 201);
  REQUIRE(there.Ask("POST", "/v2/executions", R"({"workflow_name": "w"})") == 201);
  REQUIRE(here.Ask("PUT", "/v2/workflows", workflow(2)) == 200);
  REQUIRE(there.Ask("POST", "/v2/executions", R"({"workflow_name": "w"})") == 201);
  REQUIRE(there.Ask("GET", "/v2/workflows/w") == 200);
  CHECK(base::Contains(there.answer["definition"].get<std::string>(), "n: 2"));
  REQUIRE(here.Ask("DELETE", "/v2/workflows/w") == 204);
  CHECK(there.Ask("POST", "/v2/executions", R"({"workflow_name": "w"})") == 404);
}

}  // namespace
}  // namespace gregale::server
