#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/caller.h"
#include "server/requests.h"
#include "server/trigger_url.h"
#include "store/store.h"

// Alarms from outside (Aodh, Prometheus Alertmanager, a script) that a VNF's triggers answer with
// policy actions. They are checked, remembered, and left to a conductor, which answers them as it
// answers a monitor's report. Each runs in the caller's transaction, which it leaves to be rolled
// back on error.
namespace gregale::server {

// One alarm, as it is now.
struct Alarm {
  enum class State { kFiring, kOk, kUnknown };
  std::string id;
  State state = State::kFiring;
};

// What came of a delivery.
enum class TriggerOutcome {
  kAccepted,     // it will be answered: see the VNF's events
  kRepeated,     // it was delivered before: nothing is done
  kNothingToDo,  // no action answers this state
};
std::string_view ToText(TriggerOutcome outcome);

// An alarm acts when it begins, and, once it is answered, again once a minute while it is delivered
// as firing: so a delivery that is repeated has no second effect, and an alarm that goes on scales
// further.
//
// Errors: kNotFound: no such URL, whatever is wrong about it.
absl::StatusOr<TriggerOutcome> FireTriggerByUrl(store::Txn& txn, const TriggerAddress& address,
                                                const std::vector<Alarm>& alarms,
                                                HandlerContext& context);

struct TriggerRequest {
  std::string vnf;  // id or name
  std::string trigger;
  std::string actions;  // those of the trigger's that are wanted, as its URL has them
  std::vector<Alarm> alarms;
};
// The same for a caller who may see the VNF and so needs no key. kNotFound of kind
// "TriggerNotFound"; kInvalidArgument: an action that the trigger has not, or a VNFD without
// triggers.
absl::StatusOr<TriggerOutcome> FireTrigger(store::Txn& txn, const Caller& caller,
                                           const TriggerRequest& request, HandlerContext& context);

}  // namespace gregale::server
