#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

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

// The parameters that every driver takes: monitoring_delay, interval, timeout, count, retry,
// recovery_count, ip_version.
std::span<const MonitorParameter> CommonParameters();

}  // namespace gregale::policies
