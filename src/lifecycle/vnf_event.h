#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "store/records.h"
#include "store/store.h"

namespace gregale::lifecycle {

// Event types, in Tacker's words.
inline constexpr std::string_view kCreateEvent = "CREATE";
inline constexpr std::string_view kUpdateEvent = "UPDATE";
inline constexpr std::string_view kDeleteEvent = "DELETE";
inline constexpr std::string_view kMonitorEvent = "MONITOR";
inline constexpr std::string_view kScaleEvent = "SCALE";
inline constexpr std::string_view kHealEvent = "HEAL";

// Adds an event of the VNF, in the state that `vnf.status` says.
absl::Status AddVnfEvent(store::Txn& txn, const store::Vnf& vnf, std::string_view type,
                         std::string_view details);

}  // namespace gregale::lifecycle
