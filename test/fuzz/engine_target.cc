#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include "base/json.h"
#include "fuzz/targets.h"
#include "workflow/engine.h"
#include "workflow/execution_state.h"

namespace gregale::fuzz {
namespace {

using base::Json;
using workflow::State;

// Workflows that between them use all that the order of events matters for.
constexpr const char* kWorkflows[] = {
    R"(version: '2.0'
w:
  tasks:
    a: {action: std.sleep, on-success: [j, b], on-error: c}
    b: {action: std.sleep, on-complete: j}
    c: {action: std.sleep, retry: {count: 2, delay: 1}, on-complete: j}
    d: {action: std.sleep, wait-before: 1, wait-after: 1, timeout: 5, on-success: j}
    j: {join: 2, action: std.sleep, publish: {x: <% task().result %>}}
)",
    R"(version: '2.0'
w:
  output: {all: <% $.all %>}
  tasks:
    items:
      with-items: i in <% range(5) %>
      concurrency: 2
      action: std.sleep
      retry: {count: 1, delay: 0, continue-on: <% task().result = null %>}
      publish: {all: <% task().result %>}
      on-success: [sub, pause, last]
      on-error: [fail]
    sub: {workflow: child, on-complete: last}
    last: {join: all, action: std.sleep, pause-before: true}
child:
  tasks:
    a: {action: std.sleep, on-complete: b}
    b: {action: std.sleep, timeout: 3, fail-on: <% task().result = 1 %>}
)",
    R"(version: '2.0'
w:
  type: reverse
  tasks:
    a: {action: std.sleep}
    b: {action: std.sleep, requires: [a], keep-result: false}
    c: {workflow: child, requires: [a]}
    d: {action: std.sleep, requires: [b, c]}
child:
  tasks:
    a:
      with-items: i in <% [1, 2] %>
      action: std.sleep
      on-error: succeed
)",
    R"(version: '2.0'
w:
  tasks:
    a: {action: std.sleep, on-success: [{b: <% task().result = 1 %>}, {a: <% task().result = 2 %>}]}
    start: {action: std.sleep, on-complete: [a, j]}
    b: {action: std.sleep, on-success: j, on-error: [noop, j]}
    j: {join: all, action: std.sleep, on-error: [succeed]}
)"};

class Workflows final : public workflow::Library {
 public:
  explicit Workflows(const char* text) : definitions_(*workflow::ParseWorkflowList(text)) {}
  std::shared_ptr<const workflow::Workflow> FindWorkflow(const std::string& name) const override {
    for (const auto& workflow : definitions_.workflows) {
      if (workflow::WorkflowName(*workflow) == name) return workflow;
    }
    return nullptr;
  }
  absl::Status CheckAction(const std::string&, const Json&) const override {
    return absl::OkStatus();
  }

 private:
  workflow::Definitions definitions_;
};

// Parsed once.
const Workflows& LibraryOf(uint8_t which) {
  static const std::vector<Workflows> kLibraries(std::begin(kWorkflows), std::end(kWorkflows));
  return kLibraries[which % kLibraries.size()];
}

void Demand(bool holds) {
  if (!holds) std::abort();
}

// An execution and what it waits for; each byte is an event.
class Walk {
 public:
  explicit Walk(uint8_t which)
      : library_(LibraryOf(which)), execution_(library_.FindWorkflow("w"), library_) {
    Take(workflow::Start{.params = {{"task_name", "d"}}, .seed_high = 1, .seed_low = which});
  }

  void Do(uint8_t byte) {
    const uint8_t which = byte >> 4;
    switch (byte & 15) {
      case 0:
        return Take(workflow::Pause{ExecutionId(which)});
      case 1:
      case 2:
        return Take(workflow::Resume{.execution_id = ExecutionId(which)});
      case 3:
        return Take(workflow::Stop{ExecutionId(which), Ends(which), "because"});
      case 4:
        return Take(workflow::Rerun{.task_id = TaskId(which), .reset = which % 2 == 0});
      case 5:
        return Take(workflow::Skip{TaskId(which)});
      case 6:
        return Reload();
      case 7:
      case 8:
        return Fire(which);
      case 9:
        return End(which, State::kError, "broken");
      case 10:
        return End(which, State::kCancelled, "stopped");
      case 11:
        return Take(workflow::ActionChanged{ActionId(which), State::kPaused});
      case 12:
        return Take(workflow::ActionChanged{ActionId(which), State::kRunning});
      default:
        return End(which, State::kSuccess, which % 3);
    }
  }

  // Left to itself, with everything that runs succeeding, it comes to an end.
  void Finish() {
    for (int i = 0; i < 300; ++i) {
      Take(workflow::Resume{});
      if (running_.empty() && timers_.empty()) break;
      if (!running_.empty()) End(0, State::kSuccess, 0);
      Fire(0);
    }
    Demand(running_.empty() && timers_.empty());
    Demand(paused() || workflow::IsCompleted(execution_.state().root()->state));
  }

 private:
  static State Ends(uint8_t which) {
    constexpr State kEnds[] = {State::kCancelled, State::kError, State::kSuccess};
    return kEnds[which % 3];
  }
  bool paused() const {
    const auto& runs = execution_.state().runs;
    return std::any_of(runs.begin(), runs.end(),
                       [](const auto& run) { return run->state == State::kPaused; });
  }
  std::string ExecutionId(uint8_t which) const {
    const auto& runs = execution_.state().runs;
    return runs[which % runs.size()]->id;
  }
  std::string TaskId(uint8_t which) const {
    std::vector<std::string> ids = {""};
    for (const auto& run : execution_.state().runs) {
      for (const auto& task : run->tasks) ids.push_back(task->id);
    }
    return ids[which % ids.size()];
  }
  std::string ActionId(uint8_t which) const {
    return running_.empty() ? "" : running_[which % running_.size()];
  }
  void End(uint8_t which, State state, Json value) {
    const std::string id = ActionId(which);
    std::erase(running_, id);
    Take(workflow::ActionDone{id, state, std::move(value)});
  }
  void Fire(uint8_t which) {
    if (timers_.empty()) return;
    const uint64_t timer = timers_[which % timers_.size()];
    std::erase(timers_, timer);
    Take(workflow::TimerFired{timer});
  }
  void Reload() {
    const std::string saved = execution_.Save().dump();
    workflow::Execution loaded(library_.FindWorkflow("w"), library_);
    Demand(loaded.Load(Json::parse(saved)).ok());
    Demand(loaded.Save().dump() == saved);
    execution_ = std::move(loaded);
  }
  void Take(decltype(workflow::Event::what) what) {
    now_ += absl::Seconds(1);
    const std::string before = execution_.state().root() == nullptr ? "" : execution_.Save().dump();
    auto commands = execution_.Step({now_, std::move(what)});
    if (!commands.ok()) {
      Demand(before.empty() || execution_.Save().dump() == before);
      return;
    }
    for (const workflow::Command& command : *commands) {
      if (const auto* start = std::get_if<workflow::StartAction>(&command)) {
        Demand(seen_.insert(start->action_id).second);
        running_.push_back(start->action_id);
      } else if (const auto* cancel = std::get_if<workflow::CancelAction>(&command)) {
        std::erase(running_, cancel->action_id);
      } else if (const auto* timer = std::get_if<workflow::SetTimer>(&command)) {
        timers_.push_back(timer->timer);
      }
    }
  }

  const Workflows& library_;
  workflow::Execution execution_;
  absl::Time now_ = absl::UnixEpoch();
  std::vector<std::string> running_;
  std::vector<uint64_t> timers_;
  std::set<std::string> seen_;
};

}  // namespace

void Engine(std::string_view bytes) {
  if (bytes.empty() || bytes.size() > 200) return;
  Walk walk(static_cast<uint8_t>(bytes[0]));
  for (const char byte : bytes.substr(1)) walk.Do(static_cast<uint8_t>(byte));
  walk.Finish();
}

}  // namespace gregale::fuzz
