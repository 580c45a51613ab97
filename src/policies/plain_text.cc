#include "policies/plain_text.h"

#include <algorithm>
#include <string_view>

#include "absl/strings/ascii.h"
#include "base/error.h"
#include "base/text.h"

namespace gregale::policies {
namespace {

constexpr std::string_view kExpressionMarks[] = {"<%", "%>", "{{", "}}", "{%", "%}", "{#", "#}"};

absl::Status CheckText(std::string_view text, const std::string& field) {
  for (const std::string_view mark : kExpressionMarks) {
    if (base::Contains(text, mark)) {
      return base::InvalidInput(
          field, base::Cat("contains '", mark, "', which a workflow reads as an expression"));
    }
  }
  const auto is_control = [](char c) { return absl::ascii_iscntrl(static_cast<unsigned char>(c)); };
  if (!std::ranges::any_of(text, is_control)) return absl::OkStatus();
  return base::InvalidInput(field, "contains a control character");
}

}  // namespace

absl::Status CheckPlain(const base::Json& value, const std::string& field) {
  if (value.is_string()) return CheckText(value.get_ref<const std::string&>(), field);
  if (!value.is_structured()) return absl::OkStatus();
  for (const auto& [key, item] : value.items()) {
    GREGALE_RETURN_IF_ERROR(CheckText(key, field));
    GREGALE_RETURN_IF_ERROR(CheckPlain(
        item, value.is_array() ? base::Cat(field, "[", key, "]") : base::Cat(field, ".", key)));
  }
  return absl::OkStatus();
}

}  // namespace gregale::policies
