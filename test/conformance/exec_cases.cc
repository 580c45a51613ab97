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
  executor::ProbeTable table{scheduler, random};
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
  for (const char* word : {", error=", ", definition=", ". Dict type"})
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

// A replay of what one of the original's own tests asked its engine for. The records do not say
// when: what stops or pauses comes at once, the rest when nothing goes on by itself.
class Replay {
 public:
  explicit Replay(const Json& record) : record_(record) {
    for (const Json& definition : record.at("definitions")) {
      catalogue_.Add(definition).IgnoreError();
    }
  }

  void Run() {
    for (const Json& operation : record_.at("ops")) Do(operation);
    bench_.scheduler.RunUntil([this] { return AllIdle(); }, kPatience);
  }

  // By the recording's names of the executions; those that could not begin are missing.
  const std::map<std::string, std::unique_ptr<executor::LocalRun>>& runs() const { return runs_; }

 private:
  bool AllIdle() const {
    return std::all_of(runs_.begin(), runs_.end(), [](const auto& r) { return r.second->idle(); });
  }

  void Do(const Json& operation) {
    const std::string what = operation.at("op");
    if (what == "start_workflow") {
      StartRun(operation);
      return;
    }
    const Json& returns = operation.at("returns_id");
    const auto [target, execution] = Find(returns.is_string() ? returns.get<std::string>() : "");
    if (target == nullptr) return;
    executor::LocalRun& run = *target;
    const Json& arguments = operation.at("args");
    const Json& named = operation.at("kwargs");
    if (what != "stop_workflow" && what != "pause_workflow") {
      bench_.scheduler.RunUntil([this] { return AllIdle(); }, kPatience);
    }
    if (what == "pause_workflow") run.Handle(workflow::Pause{execution}).IgnoreError();
    if (what == "resume_workflow") {
      run.Handle(workflow::Resume{execution, named.value("env", Json())}).IgnoreError();
    }
    if (what == "rerun_workflow") RerunFailed(run, named.value("skip", false));
    if (what != "stop_workflow") return;
    const std::string state =
        arguments.size() > 1 ? arguments[1].get<std::string>() : named.value("state", "CANCELLED");
    workflow::Stop stop{.execution_id = execution, .state = *workflow::ParseState(state)};
    if (arguments.size() > 2 && arguments[2].is_string()) {
      stop.reason = arguments[2].get<std::string>();
    }
    run.Handle(std::move(stop)).IgnoreError();
  }

  // What a name of the recording means: a run, and the execution within it where that is not the
  // root. The names of sub-executions are told apart by workflow and by the item that they are for.
  std::pair<executor::LocalRun*, std::string> Find(const std::string& id) const {
    const auto known = runs_.find(id);
    if (known != runs_.end()) return {known->second.get(), ""};
    for (const Json& recorded : record_.at("final")) {
      if (recorded.at("id") != id) continue;
      for (const auto& [root, run] : runs_) {
        for (const auto& execution : run->state().runs) {
          if (execution->workflow->name == recorded.at("name") &&
              execution->index == recorded.at("params").value("index", -1)) {
            return {run.get(), execution->id};
          }
        }
      }
    }
    return {nullptr, ""};
  }

  void StartRun(const Json& operation) {
    const Json& arguments = operation.at("args");
    Json params = operation.at("kwargs");
    const auto take = [&](const char* key) {
      Json value = params.value(key, Json());
      params.erase(key);
      return value;
    };
    Json input = take("wf_input");
    const Json name_space = take("wf_namespace");
    take("description");
    DefinitionLibrary& library =
        catalogue_.At(name_space.is_string() ? name_space.get<std::string>() : "");
    const auto found = library.FindWorkflow(arguments.at(0).get<std::string>());
    if (found == nullptr || !operation.at("returns_id").is_string()) return;
    auto run = std::make_unique<executor::LocalRun>(bench_.environment, library, found);
    if (run->Start(std::move(input), std::move(params)).ok()) {
      runs_[operation.at("returns_id").get<std::string>()] = std::move(run);
    }
  }

  // The recording does not say which task; there is one that failed.
  static void RerunFailed(executor::LocalRun& run, bool skip) {
    for (const auto& execution : run.state().runs) {
      for (const auto& task : execution->tasks) {
        if (task->state != workflow::State::kError || task->attempts.empty()) continue;
        const std::string id = task->id;
        (skip ? run.Handle(workflow::Skip{id}) : run.Handle(workflow::Rerun{.task_id = id}))
            .IgnoreError();
        return;
      }
    }
  }

  const Json& record_;
  Bench bench_;
  Catalogue catalogue_;
  std::map<std::string, std::unique_ptr<executor::LocalRun>> runs_;
};

bool WaitsForOutside(const workflow::ExecutionState& state) {
  for (const auto& run : state.runs) {
    for (const auto& task : run->tasks) {
      const bool waits = std::any_of(
          task->attempts.begin(), task->attempts.end(),
          [](const auto& a) { return !a.is_workflow && !workflow::IsCompleted(a.state); });
      if (waits) return true;
    }
  }
  return false;
}

// Why an execution may differ from the record without either being wrong; "" where it may not.
std::string WhyNotComparable(const Json& record, const Json& expected,
                             const executor::LocalRun* run) {
  if (run == nullptr) {
    return record.value("version", "") == "HEAD"
               ? "its definitions are of a later version of the language"
               : "";
  }
  const workflow::WorkflowRun& root = *run->state().root();
  const auto state = workflow::ParseState(expected.at("state").get<std::string>());
  if (expected.value("state_info", Json()).dump().find("Heartbeat wasn't") != std::string::npos) {
    return "the original lost its executor";
  }
  if (root.state_info.value_or("").find("Failed to find action") != std::string::npos) {
    return "it uses an action that only the original's test has";
  }
  if (WaitsForOutside(run->state())) return "the original's test ended its asynchronous actions";
  if (state && !workflow::IsCompleted(*state) && workflow::IsCompleted(root.state)) {
    return "the record was made before the end";
  }
  const bool stopped = root.state_info == "Cancelled by user.";
  return stopped && expected.at("state") == "SUCCESS" ? "when it was stopped is not in the record"
                                                      : "";
}

std::optional<Difference> RunReplay(const Json& record) {
  Replay replay(record);
  replay.Run();
  Difference difference;
  for (const Json& expected : record.at("final")) {
    const std::string id = expected.at("id");
    if (expected.value("is_sub", false)) continue;
    const auto run = replay.runs().find(id);
    if (run == replay.runs().end()) {
      difference.expected[id] = expected.at("state");
      difference.got[id] = "it did not begin";
      difference.not_comparable = WhyNotComparable(record, expected, nullptr);
      continue;
    }
    const workflow::WorkflowRun& root = *run->second->state().root();
    const std::string state = expected.at("state");
    const Json wanted = {{"state", state}, {"output", Comparable(expected.at("output"), state)}};
    const std::string reached(StateName(root.state));
    const Json got = {{"state", reached}, {"output", Comparable(root.output, reached)}};
    if (Unordered(wanted) == Unordered(got)) continue;
    difference.expected[id] = wanted;
    difference.got[id] = got;
    difference.not_comparable = WhyNotComparable(record, expected, run->second.get());
  }
  if (difference.expected.is_null()) return std::nullopt;
  return difference;
}

}  // namespace

std::optional<Difference> RunExecCase(const Json& record) {
  return record.contains("ops") ? RunReplay(record) : RunEngineCase(record);
}

}  // namespace gregale::conformance
