#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "store/records.h"
#include "store/store.h"

namespace gregale::conductor {

// Event types, in Tacker's words.
inline constexpr std::string_view kCreateEvent = "CREATE";
inline constexpr std::string_view kDeleteEvent = "DELETE";
inline constexpr std::string_view kMonitorEvent = "MONITOR";

// Adds an event of the VNF, in the state that `vnf.status` says.
absl::Status AddVnfEvent(store::Txn& txn, const store::Vnf& vnf, std::string_view type,
                         std::string_view details);

// A duration as people say it: "0.12 s", "4.2 s", "73 s". Negative ones (two clocks that differ)
// are "0 s".
std::string InSeconds(absl::Duration duration);

// A text from outside as one line of at most `bytes_max`: control characters become blanks.
std::string OneLine(std::string_view text, size_t bytes_max);

}  // namespace gregale::conductor
