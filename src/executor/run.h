#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "base/json.h"
#include "base/uuid.h"
#include "executor/action.h"
#include "gregale/v1/monitor.pb.h"

namespace gregale::executor {

class Run;

// Hears of its runs, on the loop.
class RunObserver {
 public:
  virtual ~RunObserver() = default;
  virtual void OnEvent(Run& run, const v1::MonitorEvent& event) = 0;
  // The run has ended by itself; none of its actions runs any more. `end` has a reason, too. Called
  // once, never inside a call to the run; may destroy it.
  virtual void OnEnd(Run& run, const ActionOutcome& end) = 0;
};

// Who started a run, and so may take it away.
enum class RunOwner : uint8_t { kCall, kSession };

// Who a run is.
struct RunHead {
  base::Uuid action_id;
  RunOwner owner = RunOwner::kCall;
  bool called = false;   // it is the call of an action, whose end is wanted
  uint64_t version = 0;  // of the input
};

// Everything that runs under one action id. Destroying it stops all of it, silently and at once. On
// the loop. It is an ActionRun, or a WatchRun where it only watches.
class Run {
 public:
  struct Watch {
    bool events = false;
    bool probes = false;
  };

  Run(const ActionEnvironment& environment, RunObserver& observer)
      : environment_(environment), observer_(observer) {}
  virtual ~Run() = default;
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  virtual RunHead head() const = 0;
  // "": nothing is reported.
  virtual std::string vnf_id_text() const = 0;
  virtual base::Json input() const = 0;
  // Replaces the input as a whole; holds end. kInvalidArgument leaves everything as it was.
  virtual absl::Status SetInput(base::Json input) = 0;
  virtual void set_version(uint64_t version) = 0;
  // Stops everything; nothing follows but what is asked.
  virtual void Halt() = 0;
  // What it is and does, as the list shows it.
  virtual void Describe(v1::MonitorAction* out) const = 0;

  // The number of the newest incident; the next has a higher one.
  uint64_t incidents() const { return incidents_; }
  void set_incidents(uint64_t incidents) { incidents_ = incidents; }
  // Whether there is somebody for OnEvent to tell.
  void set_watch(Watch watch) { watch_ = watch; }
  // An event of this run, without a target.
  v1::MonitorEvent MakeEvent(v1::MonitorEvent::Kind kind, std::string_view reason) const;

 protected:
  bool IsWanted(v1::MonitorEvent::Kind kind) const {
    return kind == v1::MonitorEvent::KIND_PROBE ? watch_.probes : watch_.events;
  }
  // Says whose event it is, and when it was, and tells the observer.
  void Tell(v1::MonitorEvent event);

  const ActionEnvironment& environment_;
  RunObserver& observer_;
  uint64_t incidents_ = 0;

 private:
  void Stamp(v1::MonitorEvent* event) const;

  Watch watch_;
};

}  // namespace gregale::executor
