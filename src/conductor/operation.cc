#include "conductor/operation.h"

namespace gregale::conductor {
namespace {

constexpr const OperationKind* kOperationKinds[] = {
    &kCreateOperation, &kRespawnOperation, &kScaleOperation,  &kHealOperation,
    &kUpdateOperation, &kDeleteOperation,  &kNotifyOperation, &kAlarmOperation,
};

}  // namespace

bool IsPermanent(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kOutOfRange:
    case absl::StatusCode::kUnimplemented:
    case absl::StatusCode::kDataLoss:
      return true;
    default:
      return false;
  }
}

const OperationKind* FindOperationKind(std::string_view name) {
  for (const OperationKind* kind : kOperationKinds) {
    if (kind->name == name) return kind;
  }
  return nullptr;
}

const OperationStep* FindStep(const OperationKind& kind, std::string_view name) {
  for (const OperationStep& step : kind.steps) {
    if (step.name == name) return &step;
  }
  return nullptr;
}

}  // namespace gregale::conductor
