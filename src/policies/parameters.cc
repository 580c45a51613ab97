#include "policies/parameters.h"

#include <cmath>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"

namespace gregale::policies {
namespace {

using base::Json;

std::optional<double> NumberIn(const Json& value) {
  if (value.is_number()) return value.get<double>();
  if (!value.is_string()) return std::nullopt;
  const auto& text = value.get_ref<const std::string&>();
  double parsed;
  // Decimal only: SimpleAtod would take "0x3" and "inf", too.
  if (text.find_first_not_of("0123456789+-.eE") != std::string::npos ||
      !absl::SimpleAtod(text, &parsed)) {
    return std::nullopt;
  }
  return parsed;
}

absl::Status OutOfBounds(std::string_view field, std::string_view what, double min, double max) {
  return base::InvalidInput(field, base::Cat("must be ", what, " from ", min, " to ", max));
}

absl::Status ParseMonitoringDelay(const Json& value, std::string_view field,
                                  MonitorParameters& out) {
  GREGALE_ASSIGN_OR_RETURN(out.timing.monitoring_delay,
                           ReadSeconds(value, field, 0, base::kMonitoringDelaySecondsMax));
  return absl::OkStatus();
}

absl::Status ParseInterval(const Json& value, std::string_view field, MonitorParameters& out) {
  GREGALE_ASSIGN_OR_RETURN(
      out.timing.interval,
      ReadSeconds(value, field, base::kProbeIntervalSecondsMin, base::kProbeIntervalSecondsMax));
  return absl::OkStatus();
}

absl::Status ParseTimeout(const Json& value, std::string_view field, MonitorParameters& out) {
  GREGALE_ASSIGN_OR_RETURN(
      out.timing.timeout,
      ReadSeconds(value, field, base::kProbeTimeoutSecondsMin, base::kProbeTimeoutSecondsMax));
  return absl::OkStatus();
}

absl::Status ParseCount(const Json& value, std::string_view field, MonitorParameters& out) {
  GREGALE_ASSIGN_OR_RETURN(out.timing.count, ReadWhole(value, field, 1, base::kProbeCountMax));
  return absl::OkStatus();
}

absl::Status ParseRetry(const Json& value, std::string_view field, MonitorParameters& out) {
  GREGALE_ASSIGN_OR_RETURN(out.timing.retry, ReadWhole(value, field, 1, base::kProbeRetryMax));
  return absl::OkStatus();
}

absl::Status ParseRecoveryCount(const Json& value, std::string_view field, MonitorParameters& out) {
  GREGALE_ASSIGN_OR_RETURN(out.timing.recovery_count,
                           ReadWhole(value, field, 1, base::kProbeCountMax));
  return absl::OkStatus();
}

absl::Status ParseIpVersion(const Json& value, std::string_view field, MonitorParameters& out) {
  const std::optional<double> version = NumberIn(value);
  if (version != 4 && version != 6) return base::InvalidInput(field, "must be 4 or 6");
  out.ip_version = static_cast<int>(*version);
  return absl::OkStatus();
}

constexpr MonitorParameter kCommon[] = {
    {"monitoring_delay", ParseMonitoringDelay},
    {"interval", ParseInterval},
    {"timeout", ParseTimeout},
    {"count", ParseCount},
    {"retry", ParseRetry},
    {"recovery_count", ParseRecoveryCount},
    {"ip_version", ParseIpVersion},
};

}  // namespace

absl::StatusOr<absl::Duration> ReadSeconds(const Json& value, std::string_view field, double min,
                                           double max) {
  const std::optional<double> seconds = NumberIn(value);
  // Written so that a NaN is out of bounds, too.
  if (!seconds || !(*seconds >= min && *seconds <= max)) {
    return OutOfBounds(field, "a number of seconds", min, max);
  }
  return absl::Seconds(*seconds);
}

absl::StatusOr<double> ReadNumber(const Json& value, std::string_view field, double min,
                                  double max) {
  const std::optional<double> number = NumberIn(value);
  if (!number || !(*number >= min && *number <= max)) {
    return OutOfBounds(field, "a number", min, max);
  }
  return *number;
}

absl::StatusOr<int> ReadWhole(const Json& value, std::string_view field, int min, int max) {
  const std::optional<double> number = NumberIn(value);
  if (!number || !(*number >= min && *number <= max) || *number != std::floor(*number)) {
    return OutOfBounds(field, "a whole number", min, max);
  }
  return static_cast<int>(*number);
}

absl::StatusOr<bool> ReadBoolean(const Json& value, std::string_view field) {
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    if (absl::EqualsIgnoreCase(text, "true")) return true;
    if (absl::EqualsIgnoreCase(text, "false")) return false;
  }
  return base::InvalidInput(field, "must be true or false");
}

std::span<const MonitorParameter> CommonParameters() { return kCommon; }

}  // namespace gregale::policies
