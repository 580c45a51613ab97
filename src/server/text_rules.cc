#include "server/text_rules.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/utf8.h"
#include "base/yaml.h"
#include "server/errors.h"
#include "server/http_text.h"

namespace gregale::server {
namespace {

constexpr size_t kShortenedBytesMax = 100;

size_t CountChars(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

absl::Status Invalid(std::string_view attribute, std::string_view text, std::string_view what) {
  return InvalidAttribute(attribute, base::Cat("'", Shortened(text), "' ", what));
}

}  // namespace

absl::Status CheckText(std::string_view attribute, std::string_view text, size_t chars_max) {
  if (base::Contains(text, '\0')) return Invalid(attribute, "", "is not a valid string");
  if (CountChars(text) <= chars_max) return absl::OkStatus();
  return Invalid(attribute, text, base::Cat("exceeds maximum length of ", chars_max));
}

absl::Status CheckName(std::string_view name) {
  if (Trimmed(name).empty()) return Invalid("name", name, "is blank");
  return CheckText("name", name, base::kNameCharsMax);
}

absl::Status CheckDescription(std::string_view description) {
  return CheckText("description", description, base::kDescriptionCharsMax);
}

std::string Shortened(std::string_view text) {
  if (text.size() <= kShortenedBytesMax) return std::string(text);
  text = text.substr(0, kShortenedBytesMax);
  while (!text.empty() && !base::IsUtf8(text)) text.remove_suffix(1);
  return base::Cat(text, "...");
}

absl::StatusOr<base::Json> ReadYamlObject(const base::Json& value, std::string_view attribute) {
  if (value.is_null() || value.is_object()) return value;
  if (!value.is_string())
    return ParamYamlNotWellFormed(attribute, "it is neither an object nor YAML text");
  absl::StatusOr<base::Json> parsed = base::ParseYamlAsJson(value.get_ref<const std::string&>());
  if (!parsed.ok())
    return ParamYamlNotWellFormed(attribute, base::FromAbsl(parsed.status().message()));
  if (parsed->is_null()) return base::Json::object();
  if (!parsed->is_object()) return ParamYamlNotWellFormed(attribute, "it is no map");
  return parsed;
}

}  // namespace gregale::server
