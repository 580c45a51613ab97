#include "base/error.h"
#include "base/text.h"
#include "conductor/operation.h"
#include "conductor/reshape.h"
#include "conductor/vnf_event.h"
#include "lifecycle/requests.h"
#include "lifecycle/scaling.h"

// scale: PENDING_SCALE_OUT or PENDING_SCALE_IN -> ACTIVE, or ERROR. State: policy, direction ("out"
// or "in").
namespace gregale::conductor {
namespace {

using lifecycle::Direction;

Direction DirectionOf(const OperationState& state) {
  return state.Text("direction") == "in" ? Direction::kIn : Direction::kOut;
}

store::VnfStatus Expected(const OperationState& state) {
  return DirectionOf(state) == Direction::kIn ? store::VnfStatus::kPendingScaleIn
                                              : store::VnfStatus::kPendingScaleOut;
}

absl::StatusOr<StepOutcome> Begin(StepContext& context) {
  const std::string name = context.state.Text("policy");
  const Direction direction = DirectionOf(context.state);
  const auto change = [=](int64_t making, const lifecycle::Descriptor& descriptor,
                          lifecycle::Layout& layout) -> absl::Status {
    const policies::ScalingPolicy* policy = lifecycle::FindScalingPolicy(descriptor, name);
    if (policy == nullptr) return absl::NotFoundError(base::Cat("no scaling policy ", name));
    lifecycle::Scale(*policy, direction, making, layout);
    return absl::OkStatus();
  };
  return BeginReshape(context, {Expected(context.state), change, {}});
}

absl::StatusOr<StepOutcome> Apply(StepContext& context) {
  return ApplyReshape(context, Expected(context.state));
}

absl::StatusOr<StepOutcome> Await(StepContext& context) {
  const std::string policy = context.state.Text("policy");
  const Direction direction = DirectionOf(context.state);
  const auto finish = [=](store::Txn& txn, const store::Vnf& before,
                          store::Vnf& after) -> absl::Status {
    after.scaled_at[lifecycle::StepName(policy, direction)] = txn.now();
    GREGALE_RETURN_IF_ERROR(AddVnfEvent(txn, after, lifecycle::kScaleEvent, ""));
    return AddVnfEvent(txn, after, kMonitorEvent,
                       base::Cat("VNF scaled ", lifecycle::ToText(direction), " by ", policy, ": ",
                                 AddressChanges(before, after)));
  };
  return AwaitReshape(context, Expected(context.state), finish);
}

absl::Status Fail(store::Txn& txn, const store::Operation& operation, const OperationState& state,
                  std::string_view reason) {
  GREGALE_ASSIGN_OR_RETURN(const store::Vnf vnf,
                           FailReshape(txn, operation, Expected(state), reason));
  return AddVnfEvent(txn, vnf, lifecycle::kScaleEvent, "");
}

constexpr OperationStep kSteps[] = {{"", Begin}, {"apply", Apply}, {"await", Await}};

}  // namespace

constinit const OperationKind kScaleOperation{lifecycle::kScaleKind, kSteps, Fail};

}  // namespace gregale::conductor
