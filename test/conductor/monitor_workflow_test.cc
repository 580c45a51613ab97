#include "conductor/monitor_workflow.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/error.h"
#include "base/text.h"
#include "base/yaml.h"
#include "support/golden.h"
#include "workflow/definition.h"
#include "workflow/engine.h"

namespace gregale::conductor {
namespace {

constexpr char kVnfId[] = "6f1f3a52-6c1e-4f0e-9f6d-3c8a1b2d4e5f";

MonitoredVdu Watch(std::string vdu, const std::string& policy_json) {
  const auto json = base::ParseJson(policy_json);
  REQUIRE(json.ok());
  const auto policy = policies::ParseMonitoringPolicy(*json, {}, "policy");
  INFO(policy.status());
  REQUIRE(policy.ok());
  return {std::move(vdu), *policy};
}

MonitoredVdu Ping(std::string vdu) {
  return Watch(std::move(vdu), R"({"name": "ping", "actions": {"failure": "respawn"}})");
}

// Golden: a mapping VDU -> monitoring_policy in, the workflow (or the error) out.
TEST_CASE("the generated workflow is as expected, and a workflow") {
  test::RunGolden("monitor_workflow", [](const std::string& input) -> std::string {
    const auto vdus = base::ParseYamlAsJson(input);
    if (!vdus.ok()) return vdus.status().ToString();
    std::vector<MonitoredVdu> monitored;
    for (const auto& [vdu, policy] : vdus->items()) {
      monitored.push_back(Watch(vdu, base::DumpJson(policy)));
    }
    const auto text = GenerateMonitorWorkflow(kVnfId, monitored);
    if (!text.ok()) {
      return base::Cat("error: ", base::FromAbsl(text.status().message()),
                       "\nfield: ", base::ErrorField(text.status()));
    }
    const auto parsed = workflow::ParseWorkflow(*text, MonitorWorkflowName(kVnfId));
    return parsed.ok() ? *text : base::Cat(parsed.status().ToString(), "\n", *text);
  });
}

std::filesystem::path WorkflowsFolder() {
  const char* source = std::getenv("GREGALE_SOURCE_DIR");
  REQUIRE(source != nullptr);
  return std::filesystem::path(source) / "workflows";
}

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

TEST_CASE("workflows/ shows what is generated") {
  const std::map<std::string, std::vector<MonitoredVdu>> examples = {
      {"monitor-ping.yaml",
       {Watch("VDU1", R"({"name": "ping", "parameters": {"monitoring_delay": 45, "count": 3,
                          "interval": 1, "timeout": 2}, "actions": {"failure": "respawn"}})")}},
      {"monitor-two-vdus.yaml",
       {Ping("VDU1"),
        Watch("VDU2", R"({"name": "http_ping", "parameters": {"port": 8080, "retry": 5,
                          "timeout": 10}, "actions": {"failure": ["log", "respawn"],
                          "recovery": ["log"]}})")}}};
  for (const auto& [name, monitored] : examples) {
    INFO(name);
    const auto text = GenerateMonitorWorkflow(kVnfId, monitored);
    REQUIRE(text.ok());
    const std::filesystem::path path = WorkflowsFolder() / name;
    if (std::getenv("GREGALE_UPDATE_GOLDEN") != nullptr) std::ofstream(path) << *text;
    CHECK(ReadFile(path) == *text);
  }
}

TEST_CASE("every file of workflows/ is a valid workflow list") {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(WorkflowsFolder())) {
    if (entry.path().extension() != ".yaml") continue;
    INFO(entry.path());
    const absl::Status valid = workflow::ValidateWorkflowList(ReadFile(entry.path()));
    INFO(valid);
    CHECK(valid.ok());
    ++files;
  }
  CHECK(files >= 2);
}

TEST_CASE("each VDU's addresses are those of the family that its policy asks for") {
  const std::vector<MonitoredVdu> monitored = {
      Ping("VDU1"), Watch("VDU2", R"({"name": "ping", "parameters": {"ip_version": 6},
                        "actions": {"failure": "log"}})")};
  const std::vector<store::VduInstance> instances = {
      {kVnfId, "VDU1", 0, "r1", {"198.18.0.3", "fd00::3"}},
      {kVnfId, "VDU1", 1, "r2", {"198.18.0.4", "fd00::4"}},
      {kVnfId, "VDU2", 0, "r3", {"198.18.0.5", "fd00::5"}},
      {kVnfId, "VDU3", 0, "r4", {"198.18.0.6"}}};
  const auto input = MonitorInput(kVnfId, monitored, instances);
  REQUIRE(input.ok());
  CHECK(base::DumpJson(*input) ==
        base::Cat("{\"vnf_id\": \"", kVnfId,
                  "\", \"addresses\": {\"VDU1\": [\"198.18.0.3\", \"198.18.0.4\"], "
                  "\"VDU2\": [\"fd00::5\"]}}"));

  const std::vector<store::VduInstance> lacking = {{kVnfId, "VDU2", 0, "r3", {"198.18.0.5"}}};
  const auto none = MonitorInput(kVnfId, monitored, lacking);
  CHECK(absl::IsFailedPrecondition(none.status()));
  CHECK(base::FromAbsl(none.status().message()) ==
        "instance 0 of VDU 'VDU2' has no IPv6 management address to monitor");
}

// Every action can be called, with any input.
class AnyAction final : public workflow::Library {
  absl::Status CheckAction(const std::string&, const base::Json&) const override {
    return absl::OkStatus();
  }
};

TEST_CASE("the engine starts one action for each VDU, whatever the VDU is called") {
  const std::vector<std::string> names = {"VDU1",    "V D U", "it's",  "back\\slash",
                                          "quo\"te", "VDU.1", "VDU_1", "\xC3\xA9t\xC3\xA9",
                                          "#x",      "- y: z"};
  std::vector<MonitoredVdu> monitored;
  std::vector<store::VduInstance> instances;
  for (size_t i = 0; i < names.size(); ++i) {
    monitored.push_back(Ping(names[i]));
    instances.push_back({kVnfId, names[i], 0, "r", {base::Cat("198.18.0.", i + 1)}});
  }
  const auto text = GenerateMonitorWorkflow(kVnfId, monitored);
  REQUIRE(text.ok());
  INFO(*text);
  auto parsed = workflow::ParseWorkflow(*text);
  INFO(parsed.status());
  REQUIRE(parsed.ok());
  const AnyAction library;
  workflow::Execution execution(*parsed, library);
  const auto commands = execution.Step(
      {absl::UnixEpoch(), workflow::Start{*MonitorInput(kVnfId, monitored, instances)}});
  INFO(commands.status());
  REQUIRE(commands.ok());
  REQUIRE(commands->size() == names.size());
  for (size_t i = 0; i < names.size(); ++i) {
    const auto& start = std::get<workflow::StartAction>(commands->at(i));
    CHECK(start.action == "vnf.ping");
    CHECK(start.input.at("vdu") == names[i]);
    CHECK(start.input.at("addresses") == base::Json::array({base::Cat("198.18.0.", i + 1)}));
  }
}

}  // namespace
}  // namespace gregale::conductor
