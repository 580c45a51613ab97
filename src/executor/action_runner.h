#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/json.h"
#include "base/uuid.h"
#include "executor/action.h"
#include "executor/action_run.h"
#include "executor/run.h"
#include "executor/workflow_cache.h"
#include "gregale/v1/monitor.pb.h"

namespace gregale::executor {

// Runs actions: starts, changes, stops and shows them. Run and Session of the RPC surface are two
// adapters over this. On the loop's thread; destroying stops everything silently.
class ActionRunner final : private RunObserver {
 public:
  // What a watcher wants to see.
  struct WatchFilter {
    std::string action_id;  // "": any; need not run yet
    std::string vnf_id;     // "": any
    bool include_probes = false;
  };
  using OnEventFunction = std::function<void(const v1::MonitorEvent&)>;
  // Destroying it ends the watching. Dies before the runner.
  class Watcher {
   public:
    ~Watcher() { runner_.RemoveWatcher(*this); }
    Watcher(const Watcher&) = delete;
    Watcher& operator=(const Watcher&) = delete;

   private:
    friend class ActionRunner;
    Watcher(ActionRunner& runner, WatchFilter filter, OnEventFunction on_event)
        : runner_(runner), filter_(std::move(filter)), on_event_(std::move(on_event)) {
      if (filter_.include_probes) look_.emplace(runner_.environment_.probes);
      if (!filter_.action_id.empty()) action_ = base::Uuid::Parse(filter_.action_id);
    }
    bool Sees(const Run& run) const;

    ActionRunner& runner_;
    const WatchFilter filter_;
    const OnEventFunction on_event_;
    std::optional<ProbeTable::Look> look_;
    std::optional<base::Uuid> action_;  // of the filter
  };
  // Hears when a run of a session has ended, whoever ended it. Must not call the runner.
  using OnEndFunction = std::function<void(const RunHead& run, const ActionOutcome& end)>;

  // `environment` is read until the runner is destroyed.
  ActionRunner(const ActionEnvironment& environment, size_t runs_max);

  // kInvalidArgument names the field; kAlreadyExists; kResourceExhausted.
  absl::Status Start(RunSpec spec);
  // The workflow in a definition, for RunSpec; parsed once per text.
  absl::StatusOr<KnownWorkflow> ParseWorkflow(std::string_view definition, std::string_view name,
                                              std::string_view vnf_id) {
    return workflows_.Get(definition, name, vnf_id);
  }
  // Replaces the keys of the input that `parameter` names; holds end. kNotFound; kInvalidArgument
  // leaves the action as it was.
  absl::Status Update(const std::string& action_id, const base::Json& parameter);
  // The whole input, with its new version. As Update.
  absl::Status SetInput(const std::string& action_id, base::Json input, uint64_t version);
  // Stops a run; watchers, and on_end, hear that it ended for `reason`. kNotFound.
  absl::Status Kill(const std::string& action_id, std::string_view reason);

  // nullopt: does not run here.
  std::optional<RunHead> Find(const std::string& action_id) const;
  void SetVersion(const std::string& action_id, uint64_t version);
  size_t size() const { return runs_.size(); }
  // The runs, in order of action id.
  void ForEach(const std::function<void(const RunHead&)>& visit) const;
  // A page of runs, as List answers it.
  void List(const v1::ListRequest& request, v1::ListResponse* response) const;

  // `on_event` is called on the loop; it must not call the runner. It first hears, inside this
  // call, of every target that there is (SNAPSHOT).
  std::unique_ptr<Watcher> Watch(WatchFilter filter, OnEventFunction on_event);
  void set_on_end(OnEndFunction on_end) { on_end_ = std::move(on_end); }

 private:
  using Runs = absl::btree_map<base::Uuid, std::unique_ptr<Run>>;
  using Watchers = std::vector<const Watcher*>;

  // nullptr: does not run here.
  Run* FindRun(const std::string& action_id) const;
  absl::StatusOr<std::unique_ptr<Run>> MakeRun(RunSpec spec);
  void OnEvent(Run& run, const v1::MonitorEvent& event) override { Tell(run, event); }
  void OnEnd(Run& run, const ActionOutcome& end) override;
  void RemoveWatcher(const Watcher& watcher);
  // Stops a run and tells everybody why.
  void Remove(const base::Uuid& action_id, const ActionOutcome& end);
  // Calls `visit` with everybody who watches the run.
  void ForWatchersOf(const Run& run, const std::function<void(const Watcher&)>& visit) const;
  bool IsWatched(const Run& run) const;
  void Tell(const Run& run, const v1::MonitorEvent& event) const;
  void SetWatch(Run& run) const;
  static void SendSnapshots(const Run& run, const Watcher& watcher);
  // Calls `visit` with the runs that the filter may see.
  void ForMatching(const Watcher& watcher, const std::function<void(Run&)>& visit);

  const ActionEnvironment& environment_;
  const size_t runs_max_;
  WorkflowCache workflows_;
  OnEndFunction on_end_;
  Watchers watchers_;                                      // of more than one action
  absl::flat_hash_map<base::Uuid, Watchers> watchers_of_;  // of one
  Runs runs_;
  // How many incidents a run had that has ended: one that starts again under the same action id, as
  // conductors do, goes on counting, so that no number is used twice.
  std::map<base::Uuid, uint64_t> past_incidents_;
};

}  // namespace gregale::executor
