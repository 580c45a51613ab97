#pragma once

#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "lifecycle/vnf_event.h"

namespace gregale::conductor {

using lifecycle::AddVnfEvent;
using lifecycle::kCreateEvent;
using lifecycle::kDeleteEvent;
using lifecycle::kMonitorEvent;

// A duration as people say it: "0.12 s", "4.2 s", "73 s". Negative ones (two clocks that differ)
// are "0 s".
std::string InSeconds(absl::Duration duration);

// A text from outside as one line of at most `bytes_max`: control characters become blanks.
std::string OneLine(std::string_view text, size_t bytes_max);

}  // namespace gregale::conductor
