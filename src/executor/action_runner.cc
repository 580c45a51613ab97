#include "executor/action_runner.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/random.h"
#include "base/text.h"

namespace gregale::executor {
namespace {

// Definitions that are kept parsed.
constexpr size_t kWorkflowsMax = 256;
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

bool ActionRunner::Watcher::Sees(const RunSpec& spec) const {
  return (filter_.action_id.empty() || filter_.action_id == spec.action_id) &&
         (filter_.vnf_id.empty() || filter_.vnf_id == spec.vnf_id);
}

ActionRunner::ActionRunner(const ActionEnvironment& environment, size_t runs_max)
    : environment_(environment), runs_max_(runs_max), workflows_(kWorkflowsMax) {}

absl::Status ActionRunner::Start(RunSpec spec) {
  GREGALE_RETURN_IF_ERROR(CheckIds(spec));
  if (runs_.contains(spec.action_id)) {
    return base::MakeError(absl::StatusCode::kAlreadyExists, "ActionAlreadyRuns",
                           base::Cat("action ", spec.action_id, " runs here already"));
  }
  if (runs_.size() >= runs_max_) {
    return base::MakeError(absl::StatusCode::kResourceExhausted, "ExecutorFull",
                           base::Cat("the executor runs its ", runs_max_, " actions already"));
  }
  GREGALE_ASSIGN_OR_RETURN(auto run, ActionRun::Start(environment_, *this, std::move(spec)));
  const std::string id = run->spec().action_id;
  Entry& entry = runs_[id];
  entry.run = std::move(run);
  if (const auto past = past_incidents_.extract(id); !past.empty()) {
    entry.run->set_incidents(past.mapped());
  }
  for (const Watcher* watcher : watchers_) Attach(entry, *watcher);
  Tell(entry, entry.run->MakeEvent(v1::MonitorEvent::KIND_STARTED, ""));
  base::LogDebug("action started", {{"action_id", id}, {"vnf_id", entry.run->spec().vnf_id}});
  return absl::OkStatus();
}

absl::Status ActionRunner::Update(const std::string& action_id, const base::Json& parameter) {
  const auto found = runs_.find(action_id);
  if (found == runs_.end()) return NotRunning(action_id);
  if (!parameter.is_object()) return base::InvalidInput("parameter", "must be an object");
  base::Json input = found->second.run->spec().input;
  for (const auto& [key, value] : parameter.items()) input[key] = value;
  return SetInput(action_id, std::move(input), found->second.run->spec().version);
}

absl::Status ActionRunner::SetInput(const std::string& action_id, base::Json input,
                                    uint64_t version) {
  const auto found = runs_.find(action_id);
  if (found == runs_.end()) return NotRunning(action_id);
  ActionRun& run = *found->second.run;
  GREGALE_RETURN_IF_ERROR(run.SetInput(std::move(input)));
  run.set_version(version);
  Tell(found->second, run.MakeEvent(v1::MonitorEvent::KIND_UPDATED, ""));
  return absl::OkStatus();
}

absl::Status ActionRunner::Kill(const std::string& action_id, std::string_view reason) {
  const auto found = runs_.find(action_id);
  if (found == runs_.end()) return NotRunning(action_id);
  Remove(found, reason);
  return absl::OkStatus();
}

void ActionRunner::Remove(Runs::iterator which, std::string_view reason) {
  Entry entry = std::move(runs_.extract(which).mapped());
  const v1::MonitorEvent event = entry.run->MakeEvent(v1::MonitorEvent::KIND_ENDED, reason);
  const RunSpec spec = entry.run->spec();
  if (entry.run->incidents() > 0) {
    if (past_incidents_.size() >= kPastIncidentsMax) past_incidents_.erase(past_incidents_.begin());
    past_incidents_[spec.action_id] = entry.run->incidents();
  }
  entry.run.reset();  // no probe follows
  Tell(entry, event);
  if (on_end_ && spec.owner == RunOwner::kSession) on_end_(spec, std::string(reason));
}

void ActionRunner::Tell(const Entry& entry, const v1::MonitorEvent& event) {
  for (const Watcher* watcher : entry.watchers) {
    if (event.kind() == v1::MonitorEvent::KIND_PROBE && !watcher->filter_.include_probes) continue;
    watcher->on_event_(event);
  }
}

const RunSpec* ActionRunner::Find(const std::string& action_id) const {
  const auto found = runs_.find(action_id);
  return found == runs_.end() ? nullptr : &found->second.run->spec();
}

void ActionRunner::SetVersion(const std::string& action_id, uint64_t version) {
  const auto found = runs_.find(action_id);
  if (found != runs_.end()) found->second.run->set_version(version);
}

void ActionRunner::ForEach(const std::function<void(const RunSpec&)>& visit) const {
  for (const auto& [id, entry] : runs_) visit(entry.run->spec());
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
  for (auto it = runs_.upper_bound(request.page_token()); it != runs_.end(); ++it) {
    const RunSpec& spec = it->second.run->spec();
    if (!request.vnf_id().empty() && spec.vnf_id != request.vnf_id()) continue;
    if (!request.action_id().empty() && spec.action_id != request.action_id()) continue;
    if (response->actions_size() == page) {
      response->set_next_page_token(response->actions(page - 1).action_id());
      return;
    }
    it->second.run->Describe(response->add_actions());
  }
}

void ActionRunner::OnEvent(ActionRun& run, const v1::MonitorEvent& event) {
  const auto found = runs_.find(run.spec().action_id);
  if (found != runs_.end()) Tell(found->second, event);
}

void ActionRunner::OnEnd(ActionRun& run, const std::string& reason) {
  base::LogInfo("action ended", {{"action_id", run.spec().action_id}, {"reason", reason}});
  Remove(runs_.find(run.spec().action_id), reason);
}

std::unique_ptr<ActionRunner::Watcher> ActionRunner::Watch(WatchFilter filter,
                                                           OnEventFunction on_event) {
  std::unique_ptr<Watcher> watcher(new Watcher(*this, std::move(filter), std::move(on_event)));
  watchers_.push_back(watcher.get());
  ForMatching(*watcher, [&](Entry& entry) {
    Attach(entry, *watcher);
    SendSnapshots(*entry.run, *watcher);
  });
  return watcher;
}

void ActionRunner::RemoveWatcher(const Watcher& watcher) {
  std::erase(watchers_, &watcher);
  ForMatching(watcher, [&](Entry& entry) {
    std::erase(entry.watchers, &watcher);
    SetWatch(entry);
  });
}

void ActionRunner::ForMatching(const Watcher& watcher, const std::function<void(Entry&)>& visit) {
  if (const std::string& id = watcher.filter_.action_id; !id.empty()) {
    const auto found = runs_.find(id);
    if (found != runs_.end()) visit(found->second);
    return;
  }
  for (auto& [id, entry] : runs_) {
    if (watcher.Sees(entry.run->spec())) visit(entry);
  }
}

void ActionRunner::Attach(Entry& entry, const Watcher& watcher) {
  if (!watcher.Sees(entry.run->spec())) return;
  entry.watchers.push_back(&watcher);
  SetWatch(entry);
}

void ActionRunner::SetWatch(Entry& entry) {
  const bool probes = std::any_of(entry.watchers.begin(), entry.watchers.end(),
                                  [](const Watcher* w) { return w->filter_.include_probes; });
  entry.run->set_watch({.events = !entry.watchers.empty(), .probes = probes});
}

void ActionRunner::SendSnapshots(const ActionRun& run, const Watcher& watcher) {
  v1::MonitorAction action;
  run.Describe(&action);
  for (const v1::MonitorTarget& target : action.targets()) {
    v1::MonitorEvent event = run.MakeEvent(v1::MonitorEvent::KIND_SNAPSHOT, "");
    *event.mutable_target() = target;
    watcher.on_event_(event);
  }
}

}  // namespace gregale::executor
