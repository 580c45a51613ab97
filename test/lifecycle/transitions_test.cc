#include "lifecycle/transitions.h"

#include <catch2/catch.hpp>

namespace gregale::lifecycle {
namespace {

using enum store::VnfStatus;

constexpr store::VnfStatus kAll[] = {kPendingCreate,   kActive,         kPendingUpdate,
                                     kPendingScaleOut, kPendingScaleIn, kPendingHeal,
                                     kPendingDelete,   kDead,           kError};

TEST_CASE("whatever works on a VNF ends in ACTIVE or ERROR, or is ended by a forced delete") {
  for (const store::VnfStatus from : kAll) {
    if (from == kActive || from == kError || from == kPendingDelete) continue;
    for (const store::VnfStatus to : kAll) {
      INFO(store::ToText(from) << " -> " << store::ToText(to));
      CHECK(MayBecome(from, to) == (to == kActive || to == kError || to == kPendingDelete));
    }
  }
  for (const store::VnfStatus to : kAll) {
    CHECK(MayBecome(kPendingDelete, to) == (to == kError || to == kPendingDelete));
  }
}

TEST_CASE("every state can be left by force, and only ERROR by a retry") {
  for (const store::VnfStatus status : kAll) {
    CHECK(IsAllowed(Request::kForceDelete, status));
    CHECK(MayBecome(status, kPendingDelete));
    CHECK(IsAllowed(Request::kRetry, status) == (status == kError));
    CHECK(IsAllowed(Request::kScale, status) == (status == kActive));
  }
}

TEST_CASE("an error has its reason until it is left") {
  store::Vnf vnf;
  vnf.status = kPendingHeal;
  REQUIRE(MoveToError("the VIM is away", "op", vnf).ok());
  CHECK(vnf.error_reason == "the VIM is away");
  CHECK(vnf.failed_operation_id == "op");
  CHECK(absl::IsInternal(MoveTo(kActive, vnf)));
  REQUIRE(MoveTo(kPendingHeal, vnf).ok());
  CHECK(vnf.error_reason.empty());
  CHECK(vnf.failed_operation_id.empty());
}

}  // namespace
}  // namespace gregale::lifecycle
