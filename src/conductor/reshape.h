#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "conductor/deployment.h"
#include "conductor/operation.h"
#include "lifecycle/layout.h"
#include "store/records.h"

// What scale and heal have in common: the VNF gets another layout, the VIM makes it so, and what
// stays is neither touched nor left unwatched meanwhile. They keep in the operation's state,
// besides what deployment.h names: layout, making.
namespace gregale::conductor {

// The first step: the layout is the VNF's from now on; instances that go are no longer probed.
// `change` turns the layout into the new one, in which what is new has the number `making`; it is
// not asked where an attempt before this one has already done so. `announce` adds events; may be
// empty.
struct Reshape {
  store::VnfStatus expected;
  std::function<absl::Status(int64_t making, const lifecycle::Descriptor&, lifecycle::Layout&)>
      change;
  std::function<absl::Status(store::Txn&, const store::Vnf&)> announce;
};
absl::StatusOr<StepOutcome> BeginReshape(StepContext& context, const Reshape& reshape);

// The second step, "apply".
absl::StatusOr<StepOutcome> ApplyReshape(StepContext& context, store::VnfStatus expected);

// The last step, "await". When all is there, the VNF is ACTIVE and monitored again; `finish` adds
// what its kind has to say to the VNF's row and events.
using FinishReshape =
    std::function<absl::Status(store::Txn&, const store::Vnf& before, store::Vnf& after)>;
absl::StatusOr<StepOutcome> AwaitReshape(StepContext& context, store::VnfStatus expected,
                                         const FinishReshape& finish);

// "VDU1 198.18.0.3 -> 198.18.0.4, 198.18.0.5": what became of the management addresses.
std::string AddressChanges(const store::Vnf& before, const store::Vnf& after);

// ERROR, and no longer monitored; writes the VNF's row. The events are the kind's.
absl::StatusOr<store::Vnf> FailReshape(store::Txn& txn, const store::Operation& operation,
                                       store::VnfStatus expected, std::string_view reason);

}  // namespace gregale::conductor
