#include "policies/parameters.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "absl/strings/ascii.h"
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

absl::Status ParseFlapCount(const Json& value, std::string_view field, MonitorParameters& out) {
  GREGALE_ASSIGN_OR_RETURN(out.flapping.count, ReadWhole(value, field, 0, base::kFlapCountMax));
  return absl::OkStatus();
}

absl::Status ParseFlapWindow(const Json& value, std::string_view field, MonitorParameters& out) {
  GREGALE_ASSIGN_OR_RETURN(out.flapping.window,
                           ReadSeconds(value, field, 1, base::kFlapSecondsMax));
  return absl::OkStatus();
}

absl::Status ParseFlapHold(const Json& value, std::string_view field, MonitorParameters& out) {
  GREGALE_ASSIGN_OR_RETURN(out.flapping.hold, ReadSeconds(value, field, 0, base::kFlapSecondsMax));
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
    {"flap_count", ParseFlapCount},
    {"flap_window", ParseFlapWindow},
    {"flap_hold", ParseFlapHold},
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

absl::StatusOr<std::string> ReadWord(const Json& value, std::string_view field, size_t bytes_max) {
  const auto printable = [](char c) { return absl::ascii_isgraph(static_cast<unsigned char>(c)); };
  if (!value.is_string() || value.get_ref<const std::string&>().empty() ||
      value.get_ref<const std::string&>().size() > bytes_max ||
      !std::ranges::all_of(value.get_ref<const std::string&>(), printable)) {
    return base::InvalidInput(
        field, base::Cat("must be a text of 1 to ", bytes_max, " characters, without blanks"));
  }
  return value.get<std::string>();
}

absl::Status ParsePort(const Json& value, std::string_view field, MonitorParameters& out) {
  GREGALE_ASSIGN_OR_RETURN(const int port, ReadWhole(value, field, 1, 65535));
  out.port = static_cast<uint16_t>(port);
  return absl::OkStatus();
}

std::span<const MonitorParameter> CommonParameters() { return kCommon; }

std::vector<MonitorParameter> CommonParametersAnd(std::initializer_list<MonitorParameter> own) {
  std::vector<MonitorParameter> all(std::begin(kCommon), std::end(kCommon));
  all.insert(all.end(), own);
  return all;
}

ProbeTiming DefaultTiming() {
  return {.monitoring_delay = absl::Seconds(30),
          .interval = absl::Seconds(1),
          .timeout = absl::Seconds(5),
          .count = 5,
          .retry = 1};
}

}  // namespace gregale::policies
