#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "lifecycle/layout.h"
#include "lifecycle/requests.h"
#include "policies/scaling.h"

// What one step of a scaling policy does to a layout. Pure.
namespace gregale::lifecycle {

// "SP1-out": the key of store::Vnf::scaled_at.
std::string StepName(std::string_view policy, Direction direction);

// A step would change the number of instances of at least one VDU.
bool HasRoom(const Layout& layout, const policies::ScalingPolicy& policy, Direction direction);

// Adds or removes `increment` instances of each target, as far as the bounds allow. New ones get
// the number `making`.
void Scale(const policies::ScalingPolicy& policy, Direction direction, int64_t making,
           Layout& layout);

}  // namespace gregale::lifecycle
