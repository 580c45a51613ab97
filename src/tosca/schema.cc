#include "tosca/schema.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "tosca/template_error.h"
#include "tosca/vnfd.h"

namespace gregale::tosca {
namespace {

using base::Json;

bool IsBoolean(const Json& value) {
  if (value.is_boolean()) return true;
  if (!value.is_string()) return false;
  const auto& text = value.get_ref<const std::string&>();
  return absl::EqualsIgnoreCase(text, "true") || absl::EqualsIgnoreCase(text, "false");
}

bool IsInteger(const Json& value) {
  int64_t parsed;
  return value.is_number_integer() ||
         (value.is_string() && absl::SimpleAtoi(value.get_ref<const std::string&>(), &parsed));
}

bool IsNumber(const Json& value) {
  double parsed;
  return value.is_number() ||
         (value.is_string() && absl::SimpleAtod(value.get_ref<const std::string&>(), &parsed) &&
          std::isfinite(parsed));
}

bool IsSize(const Json& value) {
  if (value.is_number()) return value.get<double>() > 0;
  if (!value.is_string()) return false;
  const std::string& text = value.get_ref<const std::string&>();
  const size_t digits = text.find_first_not_of("0123456789.");
  double amount;
  if (!absl::SimpleAtod(text.substr(0, digits), &amount) || amount <= 0) return false;
  if (digits == std::string::npos) return true;
  const std::string_view unit =
      base::FromAbsl(absl::StripAsciiWhitespace(base::ToAbsl(text).substr(digits)));
  static constexpr std::string_view kUnits[] = {"B",  "kB",  "KiB", "MB", "MiB",
                                                "GB", "GiB", "TB",  "TiB"};
  return std::ranges::any_of(kUnits, [&](auto known) {
    return absl::EqualsIgnoreCase(base::ToAbsl(known), base::ToAbsl(unit));
  });
}

bool Fits(const Json& value, Shape shape) {
  switch (shape) {
    case Shape::kText:
      return value.is_string() || value.is_number();
    case Shape::kBoolean:
      return IsBoolean(value);
    case Shape::kInteger:
      return IsInteger(value);
    case Shape::kNumber:
      return IsNumber(value);
    case Shape::kSize:
      return IsSize(value);
    case Shape::kMap:
      return value.is_object();
    case Shape::kList:
      return value.is_array();
    case Shape::kAny:
      return !value.is_null();
  }
  return false;
}

std::string_view Expected(Shape shape) {
  switch (shape) {
    case Shape::kText:
      return "must be a text";
    case Shape::kBoolean:
      return "must be true or false";
    case Shape::kInteger:
      return "must be a whole number";
    case Shape::kNumber:
      return "must be a number";
    case Shape::kSize:
      return "must be a size such as '512 MB'";
    case Shape::kMap:
      return "must be a map";
    case Shape::kList:
      return "must be a list";
    case Shape::kAny:
      return "must have a value";
  }
  return "";
}

template <class Names>
absl::Status UnknownKey(std::string_view path, std::string_view key, const Names& known) {
  return TemplateError(Child(path, key), base::Cat(Quoted(key), " is not known here; known are ",
                                                   base::Join(known, ", ")));
}

}  // namespace

bool IsUnresolved(const Json& value) {
  return value.is_object() && value.size() == 1 && value.begin().key() == "get_input";
}

absl::Status CheckShape(const Json& value, Shape shape, std::string_view path) {
  if (IsUnresolved(value) || Fits(value, shape)) return absl::OkStatus();
  return TemplateError(path, Expected(shape));
}

absl::Status CheckProperties(const Json& map, std::span<const Property> properties,
                             std::string_view path) {
  if (!map.is_null() && !map.is_object()) return TemplateError(path, Expected(Shape::kMap));
  for (const auto& [key, value] : map.items()) {
    const auto property = std::ranges::find(properties, std::string_view(key), &Property::name);
    if (property == properties.end()) {
      std::vector<std::string_view> known;
      for (const Property& p : properties) known.push_back(p.name);
      return UnknownKey(path, key, known);
    }
    if (value.is_null() && property->presence == Presence::kOptional) continue;
    GREGALE_RETURN_IF_ERROR(CheckShape(value, property->shape, Child(path, key)));
  }
  for (const Property& property : properties) {
    if (property.presence == Presence::kRequired && !map.contains(property.name)) {
      return TemplateError(Child(path, property.name), "is required");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckKeys(const Json& map, std::initializer_list<std::string_view> known,
                       std::string_view path) {
  if (!map.is_object()) {
    return TemplateError(path, path.empty() ? "the template must be a map" : Expected(Shape::kMap));
  }
  for (const auto& [key, value] : map.items()) {
    if (std::ranges::find(known, std::string_view(key)) == known.end()) {
      return UnknownKey(path, key, known);
    }
  }
  return absl::OkStatus();
}

absl::Status CheckName(std::string_view name, std::string_view path) {
  const auto allowed = [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '-' || c == '_';
  };
  if (name.empty() || name.size() > base::kNameCharsMax || name[0] == '.' || name[0] == '-' ||
      !std::ranges::all_of(name, allowed)) {
    return TemplateError(path, base::Cat(Quoted(name), " is no name: 1 to ", base::kNameCharsMax,
                                         " letters, digits, '_', '-' and '.', and not '-' or "
                                         "'.' first"));
  }
  return absl::OkStatus();
}

}  // namespace gregale::tosca
