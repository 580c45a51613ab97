#include "base/labels.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "base/error.h"
#include "base/text.h"

namespace gregale::base {
namespace {

constexpr std::string_view kForm = "must match [A-Za-z0-9._-]{1,63}";

bool IsLabelText(std::string_view text) {
  return !text.empty() && text.size() <= kLabelCharsMax && std::ranges::all_of(text, [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == '-';
  });
}

}  // namespace

absl::Status CheckLabels(const Labels& labels, std::string_view field) {
  if (labels.size() > kLabelsMax) {
    return InvalidInput(field, Cat("more than ", kLabelsMax, " labels"));
  }
  for (const auto& [key, value] : labels) {
    if (!IsLabelText(key)) return InvalidInput(field, Cat("a key ", kForm));
    if (!IsLabelText(value)) return InvalidInput(Cat(field, ".", key), kForm);
  }
  return absl::OkStatus();
}

absl::StatusOr<Labels> ReadLabels(const Json& value, std::string_view field) {
  Labels labels;
  if (value.is_null()) return labels;
  if (!value.is_object()) return InvalidInput(field, "must be a map of labels, {site: paris}");
  for (const auto& [key, text] : value.items()) {
    if (!text.is_string()) {
      return InvalidInput(IsLabelText(key) ? Cat(field, ".", key) : std::string(field),
                          "the value of a label must be a text");
    }
    labels[key] = text.get<std::string>();
  }
  GREGALE_RETURN_IF_ERROR(CheckLabels(labels, field));
  return labels;
}

bool AddLabel(std::string_view text, Labels& labels) {
  const size_t equals = text.find('=');
  if (equals == text.npos) return false;
  labels[std::string(text.substr(0, equals))] = text.substr(equals + 1);
  return true;
}

std::string LabelsText(const Labels& labels) {
  std::string text;
  for (const auto& [key, value] : labels) {
    Append(text, text.empty() ? "" : ",", key, "=", value);
  }
  return text;
}

bool HasLabels(const Labels& there, const Labels& wanted) {
  return std::ranges::all_of(wanted, [&](const auto& label) {
    const auto found = there.find(label.first);
    return found != there.end() && found->second == label.second;
  });
}

}  // namespace gregale::base
