#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "base/event_loop.h"
#include "base/json.h"
#include "base/random.h"
#include "executor/policy_action_reporter.h"
#include "executor/probe_table.h"
#include "executor/prober.h"
#include "gregale/v1/monitor.pb.h"

namespace gregale::executor {

// The probers, one for each kind of probe. They outlive whoever has this.
struct Probers {
  Prober& icmp;
  Prober& http;
  Prober& tcp;
  Prober& grpc_health;
  Prober& exec;
};

struct ActionServices;

// What actions live on. Everything outlives them.
struct ActionEnvironment {
  base::Scheduler& scheduler;
  base::Random& random;
  ProbeTable& probes;
  Probers probers;
  PolicyActionReporter& reporter;
  const ActionServices* services = nullptr;  // nullptr: actions that need them fail
};

// How an action ended.
struct ActionOutcome {
  enum class Kind {
    kSucceeded,   // `value` is the result
    kFailed,      // `value` is the error
    kHandedOver,  // it has done its part; how the action ends is said from outside
    kExitRun,     // everything that runs under this action id must end, because of `reason`
  };
  Kind kind = Kind::kSucceeded;
  base::Json value = nullptr;
  std::string reason = {};
};

// What an action may ask of the run that it belongs to. All calls on the loop; outlives the action.
class ActionHost {
 public:
  virtual ~ActionHost() = default;
  // The fencing token, which all actions of the run share.
  virtual std::string action_id() const = 0;
  // "" where nothing is to be reported to the conductors.
  virtual std::string vnf_id() const = 0;
  // A number for an incident: 1, 2, ... within the action id.
  virtual uint64_t NextIncident() = 0;
  // Somebody looks at events of this kind; else there is no need to make them.
  virtual bool Wants(v1::MonitorEvent::Kind kind) const = 0;
  // Shows an event; the host fills in whose and when.
  virtual void Publish(v1::MonitorEvent event) = 0;
};

// One action of a workflow's task (or alone), from construction, which starts it, to destruction,
// which stops it silently and at once. On the loop only.
class Action {
 public:
  virtual ~Action() = default;
  // Whether Update(input) would be possible; kInvalidArgument names the field.
  virtual absl::Status Check(const base::Json& input) const = 0;
  // Goes on with another input, which was checked.
  virtual void Update(const base::Json& input) = 0;
  // The run was updated without a change to this action's input: holds end.
  virtual void Resume() {}
  // Appends what it probes.
  virtual void AppendTargets(google::protobuf::RepeatedPtrField<v1::MonitorTarget>*) const {}
};

// Whose work an action does; empty where it runs without a workflow.
struct ActionCall {
  std::string action_execution_id = {};
  std::string task_id = {};
  std::string execution_id = {};
  std::string workflow = {};  // its name
};

// What an action is made from.
struct ActionContext {
  const ActionEnvironment& environment;
  ActionHost& host;
  // Called at most once, on the loop, never inside the constructor or Update; the action may be
  // destroyed inside the call.
  std::function<void(ActionOutcome)> done;
  ActionCall call = {};
};

// What runs an action of workflow/action_catalogue.h: a row of the table.
struct ActionKind {
  std::string_view name;  // "vnf.ping"
  absl::Status (*check)(const base::Json& input);
  // `input` was checked.
  std::unique_ptr<Action> (*make)(const base::Json& input, ActionContext context);
};

// Every action that a workflow can name here.
std::span<const ActionKind> ActionKinds();
// nullptr for an unknown name.
const ActionKind* FindActionKind(std::string_view name);

}  // namespace gregale::executor
