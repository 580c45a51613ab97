#include "executor/action_runner.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/random.h"
#include "base/text.h"
#include "executor/watch_run.h"

namespace gregale::executor {
namespace {

// Definitions that are kept parsed.
constexpr size_t kWorkflowsMax = 256;
// A page is shorter than was asked for rather than that probes wait longer for it.
constexpr absl::Duration kListTurn = absl::Milliseconds(1);
// Ended runs whose incidents are remembered.
constexpr size_t kPastIncidentsMax = 10'000;

absl::Status NotRunning(const std::string& action_id) {
  return base::MakeError(absl::StatusCode::kNotFound, "ActionNotFound",
                         base::Cat("action ", action_id, " does not run here"));
}

absl::Status CheckIds(const RunSpec& spec) {
  if (!base::IsUuid(spec.action_id)) return base::InvalidInput("action_id", "must be a UUID");
  if (!spec.vnf_id.empty() && !base::IsUuid(spec.vnf_id)) {
    return base::InvalidInput("vnf_id", "must be a UUID or empty");
  }
  return absl::OkStatus();
}

}  // namespace

bool ActionRunner::Watcher::Sees(const Run& run) const {
  return (filter_.action_id.empty() || action_ == run.head().action_id) &&
         (filter_.vnf_id.empty() || filter_.vnf_id == run.vnf_id_text());
}

ActionRunner::ActionRunner(const ActionEnvironment& environment, size_t runs_max)
    : environment_(environment), runs_max_(runs_max), workflows_(kWorkflowsMax) {}

absl::Status ActionRunner::Start(RunSpec spec) {
  GREGALE_RETURN_IF_ERROR(CheckIds(spec));
  if (FindRun(spec.action_id) != nullptr) {
    return base::MakeError(absl::StatusCode::kAlreadyExists, "ActionAlreadyRuns",
                           base::Cat("action ", spec.action_id, " runs here already"));
  }
  if (runs_.size() >= runs_max_) {
    return base::MakeError(absl::StatusCode::kResourceExhausted, "ExecutorFull",
                           base::Cat("the executor runs its ", runs_max_, " actions already"));
  }
  GREGALE_ASSIGN_OR_RETURN(auto made, MakeRun(std::move(spec)));
  const base::Uuid id = made->head().action_id;
  Run& run = *(runs_[id] = std::move(made));
  if (const auto past = past_incidents_.extract(id); !past.empty()) {
    run.set_incidents(past.mapped());
  }
  if (!IsWatched(run)) return absl::OkStatus();
  SetWatch(run);
  Tell(run, run.MakeEvent(v1::MonitorEvent::KIND_STARTED, ""));
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Run>> ActionRunner::MakeRun(RunSpec spec) {
  if (spec.plan != nullptr) {
    auto run = WatchRun::Start(environment_, *this, spec);
    if (run.ok()) return run;
    spec.workflow = CopyFor(spec.plan->workflow(), spec.vnf_id);
  }
  return ActionRun::Start(environment_, *this, std::move(spec));
}

absl::Status ActionRunner::Update(const std::string& action_id, const base::Json& parameter) {
  const Run* run = FindRun(action_id);
  if (run == nullptr) return NotRunning(action_id);
  if (!parameter.is_object()) return base::InvalidInput("parameter", "must be an object");
  base::Json input = run->input();
  for (const auto& [key, value] : parameter.items()) input[key] = value;
  return SetInput(action_id, std::move(input), run->head().version);
}

absl::Status ActionRunner::SetInput(const std::string& action_id, base::Json input,
                                    uint64_t version) {
  Run* run = FindRun(action_id);
  if (run == nullptr) return NotRunning(action_id);
  GREGALE_RETURN_IF_ERROR(run->SetInput(std::move(input)));
  run->set_version(version);
  if (IsWatched(*run)) Tell(*run, run->MakeEvent(v1::MonitorEvent::KIND_UPDATED, ""));
  return absl::OkStatus();
}

absl::Status ActionRunner::Kill(const std::string& action_id, std::string_view reason) {
  const Run* run = FindRun(action_id);
  if (run == nullptr) return NotRunning(action_id);
  Remove(run->head().action_id,
         {.kind = ActionOutcome::Kind::kExitRun, .reason = std::string(reason)});
  return absl::OkStatus();
}

void ActionRunner::Remove(const base::Uuid& action_id, const ActionOutcome& end) {
  const auto found = runs_.find(action_id);
  const std::unique_ptr<Run> run = std::move(found->second);
  runs_.erase(found);
  const RunHead head = run->head();
  if (run->incidents() > 0) {
    if (past_incidents_.size() >= kPastIncidentsMax) past_incidents_.erase(past_incidents_.begin());
    past_incidents_[head.action_id] = run->incidents();
  }
  run->Halt();  // no probe follows
  if (IsWatched(*run)) Tell(*run, run->MakeEvent(v1::MonitorEvent::KIND_ENDED, end.reason));
  if (on_end_ && head.owner == RunOwner::kSession) on_end_(head, end);
}

void ActionRunner::ForWatchersOf(const Run& run,
                                 const std::function<void(const Watcher&)>& visit) const {
  for (const Watcher* watcher : watchers_) {
    if (watcher->Sees(run)) visit(*watcher);
  }
  if (watchers_of_.empty()) return;
  const auto of = watchers_of_.find(run.head().action_id);
  if (of == watchers_of_.end()) return;
  for (const Watcher* watcher : of->second) {
    if (watcher->Sees(run)) visit(*watcher);
  }
}

bool ActionRunner::IsWatched(const Run& run) const {
  bool watched = false;
  if (!watchers_.empty() || !watchers_of_.empty()) {
    ForWatchersOf(run, [&](const Watcher&) { watched = true; });
  }
  return watched;
}

void ActionRunner::Tell(const Run& run, const v1::MonitorEvent& event) const {
  const bool probe = event.kind() == v1::MonitorEvent::KIND_PROBE;
  ForWatchersOf(run, [&](const Watcher& watcher) {
    if (!probe || watcher.filter_.include_probes) watcher.on_event_(event);
  });
}

Run* ActionRunner::FindRun(const std::string& action_id) const {
  const auto id = base::Uuid::Parse(action_id);
  const auto found = id ? runs_.find(*id) : runs_.end();
  return found == runs_.end() ? nullptr : found->second.get();
}

std::optional<RunHead> ActionRunner::Find(const std::string& action_id) const {
  const Run* run = FindRun(action_id);
  if (run == nullptr) return std::nullopt;
  return run->head();
}

void ActionRunner::SetVersion(const std::string& action_id, uint64_t version) {
  if (Run* run = FindRun(action_id)) run->set_version(version);
}

void ActionRunner::ForEach(const std::function<void(const RunHead&)>& visit) const {
  for (const auto& [id, run] : runs_) visit(run->head());
}

void ActionRunner::List(const v1::ListRequest& request, v1::ListResponse* response) const {
  const ProbeTotals& totals = environment_.probes.totals();
  auto& all = *response->mutable_totals();
  all.set_targets(environment_.probes.size());
  all.set_sent(totals.sent);
  all.set_answered(totals.answered);
  all.set_failed(totals.failed);
  all.mutable_latency_counts()->Assign(totals.latencies.begin(), totals.latencies.end());
  const int asked = request.page_size() > 0 ? request.page_size() : base::kPageRowsMax;
  const int page = std::min(asked, base::kPageRowsMax);
  const auto after = base::Uuid::Parse(request.page_token());
  const auto action_id = base::Uuid::Parse(request.action_id());
  auto it = after ? runs_.upper_bound(*after) : runs_.begin();
  if (action_id) it = after && *action_id <= *after ? runs_.end() : runs_.find(*action_id);
  const base::MonoTime end = environment_.scheduler.Now() + kListTurn;
  while (it != runs_.end()) {
    const auto& [id, run] = *it;
    if (request.vnf_id().empty() || run->vnf_id_text() == request.vnf_id()) {
      run->Describe(response->add_actions());
    }
    ++it;
    if (action_id || it == runs_.end()) return;
    if (response->actions_size() < page && environment_.scheduler.Now() < end) continue;
    response->set_next_page_token(id.ToText());
    return;
  }
}

void ActionRunner::OnEnd(Run& run, const ActionOutcome& end) {
  const RunHead head = run.head();
  // Monitors seldom end; called actions do so all the time.
  if (!head.called) {
    base::LogInfo("action ended", {{"action_id", head.action_id.ToText()}, {"reason", end.reason}});
  }
  Remove(head.action_id, end);
}

std::unique_ptr<ActionRunner::Watcher> ActionRunner::Watch(WatchFilter filter,
                                                           OnEventFunction on_event) {
  std::unique_ptr<Watcher> watcher(new Watcher(*this, std::move(filter), std::move(on_event)));
  (watcher->action_ ? watchers_of_[*watcher->action_] : watchers_).push_back(watcher.get());
  ForMatching(*watcher, [&](Run& run) {
    SetWatch(run);
    SendSnapshots(run, *watcher);
  });
  return watcher;
}

void ActionRunner::RemoveWatcher(const Watcher& watcher) {
  if (watcher.action_) {
    const auto of = watchers_of_.find(*watcher.action_);
    std::erase(of->second, &watcher);
    if (of->second.empty()) watchers_of_.erase(of);
  } else {
    std::erase(watchers_, &watcher);
  }
  ForMatching(watcher, [&](Run& run) { SetWatch(run); });
}

void ActionRunner::ForMatching(const Watcher& watcher, const std::function<void(Run&)>& visit) {
  if (watcher.action_) {
    const auto found = runs_.find(*watcher.action_);
    if (found != runs_.end()) visit(*found->second);
    return;
  }
  for (const auto& [id, run] : runs_) {
    if (watcher.Sees(*run)) visit(*run);
  }
}

void ActionRunner::SetWatch(Run& run) const {
  Run::Watch watch;
  ForWatchersOf(run, [&](const Watcher& watcher) {
    watch.events = true;
    watch.probes |= watcher.filter_.include_probes;
  });
  run.set_watch(watch);
}

void ActionRunner::SendSnapshots(const Run& run, const Watcher& watcher) {
  v1::MonitorAction action;
  run.Describe(&action);
  for (const v1::MonitorTarget& target : action.targets()) {
    v1::MonitorEvent event = run.MakeEvent(v1::MonitorEvent::KIND_SNAPSHOT, "");
    *event.mutable_target() = target;
    watcher.on_event_(event);
  }
}

}  // namespace gregale::executor
