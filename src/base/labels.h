#pragma once

#include <map>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "base/json.h"

namespace gregale::base {

// What is so of an executor, or is wanted of one: {"site": "paris"}. Keys and values are
// [A-Za-z0-9._-], at most kLabelCharsMax each; at most kLabelsMax of them.
using Labels = std::map<std::string, std::string>;

inline constexpr size_t kLabelsMax = 8;
inline constexpr size_t kLabelCharsMax = 63;

// kInvalidArgument names `field`, or `field`.key.
absl::Status CheckLabels(const Labels& labels, std::string_view field);
// Labels of an object of texts; null: none. Errors as of CheckLabels.
absl::StatusOr<Labels> ReadLabels(const Json& value, std::string_view field);

// Adds "site=paris", as on a command line. false where it has not this form.
bool AddLabel(std::string_view text, Labels& labels);
// "rack=4,site=paris"
std::string LabelsText(const Labels& labels);

// Every label that is wanted is among those that are there.
bool HasLabels(const Labels& there, const Labels& wanted);

}  // namespace gregale::base
