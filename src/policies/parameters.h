#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/json.h"
#include "policies/monitoring.h"

// What the drivers' tables of parameters are made of. The error's field is the one given.
namespace gregale::policies {

// A number of seconds (2, 0.5 or "2") within [min, max].
absl::StatusOr<absl::Duration> ReadSeconds(const base::Json& value, std::string_view field,
                                           double min, double max);
// A number (0.5 or "0.5") within [min, max].
absl::StatusOr<double> ReadNumber(const base::Json& value, std::string_view field, double min,
                                  double max);
// A whole number (3 or "3") within [min, max].
absl::StatusOr<int> ReadWhole(const base::Json& value, std::string_view field, int min, int max);
// true, false, or one of them as text ("True").
absl::StatusOr<bool> ReadBoolean(const base::Json& value, std::string_view field);

// A printable ASCII text without blanks, of 1 to `bytes_max` bytes.
absl::StatusOr<std::string> ReadWord(const base::Json& value, std::string_view field,
                                     size_t bytes_max);

// The parameter `port`.
absl::Status ParsePort(const base::Json& value, std::string_view field, MonitorParameters& out);

// The parameters that every driver that probes takes (monitoring_delay, interval, timeout, count,
// retry, recovery_count, flap_count, flap_window, flap_hold, ip_version), and `own` ones. Lives
// for ever.
std::span<const MonitorParameter> CommonParameters();
std::vector<MonitorParameter> CommonParametersAnd(std::initializer_list<MonitorParameter> own);

// The defaults of the drivers that ask for a reply, over any port.
ProbeTiming DefaultTiming();

}  // namespace gregale::policies
