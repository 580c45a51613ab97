#include <algorithm>

#include "absl/strings/ascii.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "policies/drivers.h"
#include "policies/parameters.h"

namespace gregale::policies {
namespace {

using base::Json;

// A file's name and no path: the directory is the executor's choice alone.
absl::Status ParseProgram(const Json& value, std::string_view field, MonitorParameters& out) {
  const auto allowed = [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == '-';
  };
  if (!value.is_string() || value.get_ref<const std::string&>().empty() ||
      value.get_ref<const std::string&>().size() > base::kNameCharsMax ||
      value.get_ref<const std::string&>().starts_with('.') ||
      !std::ranges::all_of(value.get_ref<const std::string&>(), allowed)) {
    return base::InvalidInput(field,
                              "must be the name of a program in the executors' --check-dir: "
                              "letters, digits, '.', '_', '-'");
  }
  out.exec.program = value.get<std::string>();
  return absl::OkStatus();
}

absl::Status ParseArguments(const Json& value, std::string_view field, MonitorParameters& out) {
  if (!value.is_array() || value.size() > base::kCheckArgumentsMax) {
    return base::InvalidInput(
        field, base::Cat("must be a list of at most ", base::kCheckArgumentsMax, " texts"));
  }
  std::vector<std::string> arguments;
  for (const Json& argument : value) {
    std::string text = argument.is_string() ? argument.get<std::string>() : "";
    if (argument.is_number()) text = base::DumpJson(argument);
    if ((!argument.is_string() && !argument.is_number()) ||
        text.size() > base::kCheckArgumentBytesMax || base::Contains(text, '\0')) {
      return base::InvalidInput(field, base::Cat("an argument is a text of at most ",
                                                 base::kCheckArgumentBytesMax, " bytes"));
    }
    arguments.push_back(std::move(text));
  }
  out.exec.arguments = std::move(arguments);
  return absl::OkStatus();
}

absl::Status ParseFailOn(const Json& value, std::string_view field, MonitorParameters& out) {
  if (value != "critical" && value != "warning") {
    return base::InvalidInput(field, "must be critical or warning");
  }
  out.exec.warning_is_failure = value == "warning";
  return absl::OkStatus();
}

std::span<const MonitorParameter> Parameters() {
  static const auto parameters = CommonParametersAnd(
      {{"program", ParseProgram}, {"arguments", ParseArguments}, {"fail_on", ParseFailOn}});
  return parameters;
}

// A process for each probe is dear: by default less often than the others.
MonitorParameters Defaults(const Json&) {
  ProbeTiming timing = DefaultTiming();
  timing.interval = absl::Seconds(10);
  timing.timeout = absl::Seconds(10);
  timing.count = 3;
  return {.timing = timing};
}

absl::Status Check(const MonitorParameters& parameters, std::string_view field) {
  if (parameters.exec.program.empty()) return base::InvalidInput(field, "exec needs a program");
  const absl::Duration least = absl::Seconds(base::kCheckIntervalSecondsMin);
  if (parameters.timing.interval >= least) return absl::OkStatus();
  return base::InvalidInput(base::Cat(field, ".interval"),
                            base::Cat("must be at least ", absl::FormatDuration(least),
                                      " for exec, which starts a process for each probe"));
}

}  // namespace

MonitorDriver ExecDriver() {
  return {.name = "exec",
          .action = "vnf.exec",
          .parameters = Parameters(),
          .defaults = Defaults,
          .check = Check};
}

}  // namespace gregale::policies
