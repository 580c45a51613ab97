#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "workflow/expr/value.h"

namespace gregale::workflow::expr {

struct FormatArguments {
  std::vector<Value> positional;
  std::vector<std::pair<std::string, Value>> named;
};

// Python's "...{0:>8}...{name!r}".format(...): fields by number, by name or in order, with [key]
// behind them, a conversion and a format. kInvalidArgument for a field that was not given or a
// format that does not fit.
absl::StatusOr<std::string> FormatBraces(std::string_view format, const FormatArguments& arguments);

// Python's "%05d %s" % arguments, and "%(name)s" with named ones.
absl::StatusOr<std::string> FormatPercent(std::string_view format,
                                          const FormatArguments& arguments);

}  // namespace gregale::workflow::expr
