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
  out.http.path = value.get<std::string>();
  return absl::OkStatus();
}

absl::Status ParseMethod(const Json& value, std::string_view field, MonitorParameters& out) {
  if (!value.is_string() ||
      std::ranges::find(kMethods, value.get_ref<const std::string&>()) == kMethods.end()) {
    return base::InvalidInput(field, base::Cat("must be ", base::Join(kMethods, ", ")));
  }
  out.http.method = value.get<std::string>();
  return absl::OkStatus();
}

absl::Status ParseScheme(const Json& value, std::string_view field, MonitorParameters& out) {
  if (value != "http" && value != "https") {
    return base::InvalidInput(field, "must be http or https");
  }
  out.http.tls = value == "https";
  return absl::OkStatus();
}

absl::Status ParseVerify(const Json& value, std::string_view field, MonitorParameters& out) {
  GREGALE_ASSIGN_OR_RETURN(out.http.verify, ReadBoolean(value, field));
  return absl::OkStatus();
}

absl::Status ParseServerName(const Json& value, std::string_view field, MonitorParameters& out) {
  GREGALE_ASSIGN_OR_RETURN(out.http.server_name, ReadWord(value, field, base::kNameCharsMax));
  return absl::OkStatus();
}

// 204, "204" or "200-299".
absl::StatusOr<std::pair<int, int>> ReadStatusRange(const Json& value, std::string_view field) {
  if (value.is_string()) {
    const auto ends = base::Split(value.get_ref<const std::string&>(), '-');
    if (ends.size() == 2) {
      GREGALE_ASSIGN_OR_RETURN(const int first, ReadWhole(std::string(ends[0]), field, 100, 599));
      GREGALE_ASSIGN_OR_RETURN(const int last, ReadWhole(std::string(ends[1]), field, first, 599));
      return std::pair(first, last);
    }
  }
  GREGALE_ASSIGN_OR_RETURN(const int status, ReadWhole(value, field, 100, 599));
  return std::pair(status, status);
}

absl::Status ParseExpectedStatus(const Json& value, std::string_view field,
                                 MonitorParameters& out) {
  const Json list = value.is_array() ? value : Json::array({value});
  if (list.empty() || list.size() > base::kHttpProbeStatusesMax) {
    return base::InvalidInput(
        field, base::Cat("must be a status or a list of 1 to ", base::kHttpProbeStatusesMax));
  }
  out.http.statuses.clear();
  for (const Json& item : list) {
    GREGALE_ASSIGN_OR_RETURN(out.http.statuses.emplace_back(), ReadStatusRange(item, field));
  }
  return absl::OkStatus();
}

absl::Status ParseExpectedBody(const Json& value, std::string_view field, MonitorParameters& out) {
  if (!value.is_string() || value.get_ref<const std::string&>().empty() ||
      value.get_ref<const std::string&>().size() > base::kHttpProbeBodyTextBytesMax) {
    return base::InvalidInput(
        field, base::Cat("must be a text of 1 to ", base::kHttpProbeBodyTextBytesMax, " bytes"));
  }
  out.http.body = value.get<std::string>();
  return absl::OkStatus();
}

absl::Status ParseKeepAlive(const Json& value, std::string_view field, MonitorParameters& out) {
  GREGALE_ASSIGN_OR_RETURN(out.http.keep_alive, ReadBoolean(value, field));
  return absl::OkStatus();
}

std::span<const MonitorParameter> Parameters() {
  static const auto parameters = CommonParametersAnd({{"port", ParsePort},
                                                      {"path", ParsePath},
                                                      {"method", ParseMethod},
                                                      {"scheme", ParseScheme},
                                                      {"verify", ParseVerify},
                                                      {"server_name", ParseServerName},
                                                      {"expected_status", ParseExpectedStatus},
                                                      {"expected_body", ParseExpectedBody},
                                                      {"keep_alive", ParseKeepAlive}});
  return parameters;
}

// Tacker's http_ping knows `retry` only, as the number of attempts: where it is given, it alone
// says how many.
MonitorParameters Defaults(const Json& parameters) {
  MonitorParameters defaults{.timing = DefaultTiming()};
  if (parameters.contains("retry")) defaults.timing.count = 1;
  const auto scheme = parameters.find("scheme");
  defaults.port = scheme != parameters.end() && *scheme == "https" ? 443 : 80;
  return defaults;
}

absl::Status Check(const MonitorParameters& parameters, std::string_view field) {
  if (parameters.http.method == "HEAD" && !parameters.http.body.empty()) {
    return base::InvalidInput(base::Cat(field, ".expected_body"), "an answer to HEAD has no body");
  }
  if (parameters.http.verify && !parameters.http.tls) {
    return base::InvalidInput(base::Cat(field, ".verify"), "needs scheme: https");
  }
  return absl::OkStatus();
}

}  // namespace

MonitorDriver HttpPingDriver() {
  return {.name = "http_ping",
          .action = "vnf.http_ping",
          .parameters = Parameters(),
          .defaults = Defaults,
          .check = Check};
}

}  // namespace gregale::policies
