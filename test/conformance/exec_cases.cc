#include <algorithm>
#include <map>
#include <memory>
#include <regex>
#include <string>
#include <vector>

#include "base/text.h"
#include "conformance/cases.h"
#include "executor/action_library.h"
#include "executor/fake_network.h"
#include "executor/fake_reporter.h"
#include "executor/local_run.h"
#include "support/seeded_random.h"
#include "support/sim_scheduler.h"
#include "workflow/definition.h"
#include "workflow/execution_state.h"

namespace gregale::conformance {
namespace {

using base::Json;
using executor::DefinitionLibrary;
using workflow::StateName;

// An executor in simulated time: sleeps and delays cost nothing.
struct Bench {
  base::SimScheduler scheduler;
  base::SeededRandom random{1};
  executor::ProbeTable table;
  executor::FakeNetwork network{scheduler, table};
  executor::FakeReporter reporter;
  const executor::ActionEnvironment environment{
      scheduler, random, table, {network, network, network, network, network}, reporter};
};

// Far beyond what a case takes that is to end.
constexpr absl::Duration kPatience = absl::Minutes(10);

// Definitions by namespace; what is in none is seen from all.
class Catalogue {
 public:
  absl::Status Add(const Json& definition) {
    const std::string kind = definition.value("kind", "workflow");
    const std::string text = definition.value("text", "");
    auto parsed = kind == "workbook"                      ? workflow::ParseWorkbook(text)
                  : kind == "actions" || kind == "action" ? workflow::ParseActionList(text)
                                                          : workflow::ParseWorkflowList(text);
    if (!parsed.ok()) return parsed.status();
    const Json name_space = definition.value("namespace", Json(""));
    At(name_space.is_string() ? name_space.get<std::string>() : "").Add(*std::move(parsed));
    return absl::OkStatus();
  }
  DefinitionLibrary& At(const std::string& name_space) {
    auto& library = libraries_[name_space];
    if (library == nullptr) {
      library =
          std::make_unique<DefinitionLibrary>(name_space, name_space.empty() ? nullptr : &At(""));
    }
    return *library;
  }

 private:
  std::map<std::string, std::unique_ptr<DefinitionLibrary>> libraries_;
};

// The first line of an error, without what differs in words only: identifiers, namespaces (the
// recording made one up for each case), Python's classes, the data behind an expression's error.
std::string InSense(const std::string& text) {
  static const std::regex kUuid("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");
  static const std::regex kNamespace("namespace=[^\\]]*");
  static const std::regex kClass(", class=[^,\\]]*");
  std::string line = text.substr(0, text.find('\n'));
  // Behind these, the original goes on with what a case cannot be compared by.
  for (const char* word : {", error=", ", definition="})
    line.resize(std::min(line.find(word), line.size()));
  const bool types = line.find("Invalid data type") != line.npos;
  const bool instance = line.find("Failed to instantiate") != line.npos;
  if (types) line.resize(std::min(line.find(", wf="), line.size()));
  if (instance) line.resize(std::min(line.find("], input_dict="), line.size()));
  line = std::regex_replace(line, kNamespace, "namespace=");
  line = std::regex_replace(line, kClass, "");
  return std::regex_replace(line, kUuid, "<uuid>");
}

// Equal as Python's values are: in any order of keys.
nlohmann::json Unordered(const Json& value) { return nlohmann::json::parse(value.dump()); }

Json Comparable(Json output, const std::string& state) {
  if (state != "SUCCESS" && output.is_object() && output.contains("result") &&
      output["result"].is_string()) {
    output["result"] = InSense(output["result"].get<std::string>());
  }
  static const std::regex kUuid("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");
  static const std::regex kTime(R"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)");
  const std::string text = std::regex_replace(output.dump(), kUuid, "<uuid>");
  static const std::regex kNamespace(R"("namespace":"<ns>")");
  const std::string named = std::regex_replace(text, kNamespace, R"("namespace":"")");
  return Json::parse(std::regex_replace(named, kTime, "<ts>"));
}

Json TaskStates(const workflow::WorkflowRun& run) {
  std::map<std::string, std::vector<std::string>> states;
  for (const auto& task : run.tasks) {
    states[task->spec->name].emplace_back(StateName(task->state));
  }
  for (auto& [name, list] : states) std::sort(list.begin(), list.end());
  return states;
}

Json SortedStates(Json tasks) {
  for (auto& list : tasks) std::sort(list.begin(), list.end());
  return tasks;
}

Json Outcome(const Json& record, Bench& bench) {
  Catalogue catalogue;
  for (const Json& definition : record.at("definitions")) {
    catalogue.Add(definition).IgnoreError();  // as for the original, what is refused is not there
  }
  const Json name_space = record.value("workflow_namespace", Json(""));
  DefinitionLibrary& library =
      catalogue.At(name_space.is_string() ? name_space.get<std::string>() : "");
  for (const Json& env : record.value("environments", Json::array())) {
    Json variables = env.value("variables", Json::object());
    if (variables.is_string()) variables = Json::parse(variables.get<std::string>());
    library.AddEnvironment(env.value("name", ""), variables);
  }
  const auto found = library.FindWorkflow(record.value("workflow_name", ""));
  if (found == nullptr) return {{"create_status", 404}};
  executor::LocalRun run(bench.environment, library, found);
  const absl::Status started =
      run.Start(record.value("input", Json()), record.value("params", Json()));
  if (!started.ok()) {
    return {{"create_status", 400}, {"create_error", std::string(started.message())}};
  }
  bench.scheduler.RunUntil([&] { return run.idle(); }, kPatience);
  const workflow::WorkflowRun& root = *run.state().root();
  return {{"create_status", 201},
          {"final_state", StateName(root.state)},
          {"output", root.output},
          {"published_global", workflow::PublishedGlobal(root)},
          {"tasks", TaskStates(root)}};
}

std::optional<Difference> RunEngineCase(const Json& record) {
  Bench bench;
  const Json got = Outcome(record, bench);
  Difference difference;
  const auto compare = [&](const char* key, const Json& expected, const Json& actual) {
    if (Unordered(expected) == Unordered(actual)) return;
    difference.expected[key] = expected;
    difference.got[key] = actual;
  };
  compare("create_status", record.at("create_status"), got.at("create_status"));
  if (got.at("create_status") == 201 && record.at("create_status") == 201) {
    const std::string state = record.at("final_state").get<std::string>();
    compare("final_state", state, got.at("final_state"));
    if (!record.value("output_result_unstable", false)) {
      compare("output", Comparable(record.at("output"), state),
              Comparable(got.at("output"), got.at("final_state").get<std::string>()));
    }
    compare("tasks", SortedStates(record.at("tasks")), got.at("tasks"));
    compare("published_global", Comparable(record.at("published_global"), "SUCCESS"),
            Comparable(got.at("published_global"), "SUCCESS"));
  }
  if (difference.expected.is_null()) return std::nullopt;
  if (got.contains("create_error")) difference.got["create_error"] = got["create_error"];
  return difference;
}

}  // namespace

std::optional<Difference> RunExecCase(const Json& record) { return RunEngineCase(record); }

}  // namespace gregale::conformance
