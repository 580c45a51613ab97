#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "policies/drivers.h"
#include "policies/parameters.h"

namespace gregale::policies {
namespace {

using base::Json;

// Methods without a body, and without effect on the target.
constexpr std::array<std::string_view, 3> kMethods = {"GET", "HEAD", "OPTIONS"};

absl::Status ParsePort(const Json& value, std::string_view field, MonitorParameters& out) {
  GREGALE_ASSIGN_OR_RETURN(const int port, ReadWhole(value, field, 1, 65535));
  out.port = static_cast<uint16_t>(port);
  return absl::OkStatus();
}

// Printable ASCII only: the path becomes part of a request line.
absl::Status ParsePath(const Json& value, std::string_view field, MonitorParameters& out) {
  const auto printable = [](char c) { return absl::ascii_isgraph(static_cast<unsigned char>(c)); };
  if (!value.is_string() || !value.get_ref<const std::string&>().starts_with('/') ||
      value.get_ref<const std::string&>().size() > base::kHttpProbePathBytesMax ||
      !std::ranges::all_of(value.get_ref<const std::string&>(), printable)) {
    return base::InvalidInput(
        field, base::Cat("must be a path that begins with '/', of at most ",
                         base::kHttpProbePathBytesMax, " characters, without blanks"));
  }
  out.path = value.get<std::string>();
  return absl::OkStatus();
}

absl::Status ParseMethod(const Json& value, std::string_view field, MonitorParameters& out) {
  if (!value.is_string() ||
      std::ranges::find(kMethods, value.get_ref<const std::string&>()) == kMethods.end()) {
    return base::InvalidInput(field, base::Cat("must be ", base::Join(kMethods, ", ")));
  }
  out.method = value.get<std::string>();
  return absl::OkStatus();
}

std::span<const MonitorParameter> Parameters() {
  static const std::vector<MonitorParameter> parameters = [] {
    const auto common = CommonParameters();
    std::vector<MonitorParameter> all(common.begin(), common.end());
    all.push_back({"port", ParsePort});
    all.push_back({"path", ParsePath});
    all.push_back({"method", ParseMethod});
    return all;
  }();
  return parameters;
}

// Tacker's http_ping knows `retry` only, as the number of attempts: where it is given, it alone
// says how many.
MonitorParameters Defaults(const Json& parameters) {
  return {.timing = {.monitoring_delay = absl::Seconds(30),
                     .interval = absl::Seconds(1),
                     .timeout = absl::Seconds(5),
                     .count = parameters.contains("retry") ? 1 : 5,
                     .retry = 1}};
}

}  // namespace

MonitorDriver HttpPingDriver() {
  return {.name = "http_ping",
          .action = "vnf.http_ping",
          .has_port = true,
          .has_path = true,
          .parameters = Parameters(),
          .defaults = Defaults};
}

}  // namespace gregale::policies
