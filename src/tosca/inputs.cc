#include "tosca/inputs.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "tosca/input_constraints.h"
#include "tosca/schema.h"
#include "tosca/template_error.h"

namespace gregale::tosca {
namespace {

using base::Json;

constexpr std::string_view kInputsPath = "topology_template.inputs";

constexpr std::pair<std::string_view, Shape> kInputTypes[] = {{"string", Shape::kText},
                                                              {"integer", Shape::kInteger},
                                                              {"float", Shape::kNumber},
                                                              {"boolean", Shape::kBoolean},
                                                              {"scalar-unit.size", Shape::kSize},
                                                              {"list", Shape::kList},
                                                              {"map", Shape::kMap},
                                                              {"json", Shape::kAny}};

constexpr Property kInputKeys[] = {{"type", Shape::kText, Presence::kRequired},
                                   {"description", Shape::kText},
                                   {"default", Shape::kAny},
                                   {"required", Shape::kBoolean},
                                   {"constraints", Shape::kList},
                                   {"status", Shape::kText}};

absl::StatusOr<Shape> ShapeOfInput(const Json& definition, std::string_view path) {
  const Json& type = definition.at("type");
  const auto known = std::ranges::find_if(
      kInputTypes, [&](const auto& row) { return type.is_string() && type == row.first; });
  if (known != std::end(kInputTypes)) return known->second;
  std::vector<std::string_view> names;
  for (const auto& row : kInputTypes) names.push_back(row.first);
  return TemplateError(Child(path, "type"),
                       base::Cat("no such type of input; known are ", base::Join(names, ", ")));
}

absl::Status CheckInputValue(const Json& value, const Json& definition, Shape shape,
                             std::string_view path) {
  // A value is data: an {"get_input": ..} in it would be resolved by nobody.
  if (IsUnresolved(value)) return TemplateError(path, "must be a value, not get_input");
  if (shape == Shape::kText && value.is_boolean()) return absl::OkStatus();
  GREGALE_RETURN_IF_ERROR(CheckShape(value, shape, path));
  const auto constraints = definition.find("constraints");
  if (constraints == definition.end() || constraints->is_null()) return absl::OkStatus();
  return CheckConstraints(value, *constraints, path);
}

// The same error, about param_values and not about the template.
absl::Status AsParamValueError(const absl::Status& error) {
  const std::string field = base::ErrorField(error);
  std::string_view reason = base::FromAbsl(error.message());
  base::TakePrefix(reason, field + ": ");
  return base::InvalidInput(field, reason);
}

absl::Status ReadInput(const std::string& name, const Json& definition, const Json& param_values,
                       Inputs& inputs) {
  const std::string path = Child(kInputsPath, name);
  GREGALE_RETURN_IF_ERROR(CheckName(name, path));
  GREGALE_RETURN_IF_ERROR(CheckProperties(definition, kInputKeys, path));
  GREGALE_ASSIGN_OR_RETURN(const Shape shape, ShapeOfInput(definition, path));
  const auto constraints = definition.find("constraints");
  if (constraints != definition.end() && !constraints->is_null()) {
    GREGALE_RETURN_IF_ERROR(CheckConstraintsForm(*constraints, Child(path, "constraints")));
  }
  const auto fallback = definition.find("default");
  if (fallback != definition.end() && !fallback->is_null()) {
    GREGALE_RETURN_IF_ERROR(CheckInputValue(*fallback, definition, shape, Child(path, "default")));
    inputs.values[name] = *fallback;
  }
  const auto given = param_values.find(name);
  if (given != param_values.end() && !given->is_null()) {
    const absl::Status fits =
        CheckInputValue(*given, definition, shape, Child("param_values", name));
    if (!fits.ok()) return AsParamValueError(fits);
    inputs.values[name] = *given;
  }
  inputs.definitions[name] = definition;
  return absl::OkStatus();
}

absl::Status RequireValues(const Inputs& inputs) {
  std::vector<std::string> missing;
  for (const auto& [name, definition] : inputs.definitions) {
    const auto required = definition.find("required");
    const bool may_be_absent = required != definition.end() && required->is_boolean() && !*required;
    if (!may_be_absent && !inputs.values.contains(name)) missing.push_back(name);
  }
  if (missing.empty()) return absl::OkStatus();
  return base::MakeError(
      absl::StatusCode::kInvalidArgument, "InputValuesMissing",
      base::Cat("param_values: the template's inputs have no value: ", base::Join(missing, ", ")),
      "param_values");
}

}  // namespace

absl::StatusOr<Inputs> ReadInputs(const Json& definitions, const Json& param_values,
                                  RequireInputs require) {
  if (!definitions.is_null() && !definitions.is_object()) {
    return TemplateError(kInputsPath, "must be a map");
  }
  if (definitions.size() > base::kInputsPerVnfdMax) {
    return TemplateError(kInputsPath, base::Cat("more than ", base::kInputsPerVnfdMax, " inputs"));
  }
  if (!param_values.is_null() && !param_values.is_object()) {
    return base::InvalidInput("param_values", "must be a map of the inputs' values");
  }
  for (const auto& [name, value] : param_values.items()) {
    if (definitions.is_null() || !definitions.contains(name)) {
      return base::InvalidInput(Child("param_values", name), "the template declares no such input");
    }
  }
  Inputs inputs;
  for (const auto& [name, definition] : definitions.items()) {
    GREGALE_RETURN_IF_ERROR(ReadInput(name, definition, param_values, inputs));
  }
  if (require == RequireInputs::kYes) GREGALE_RETURN_IF_ERROR(RequireValues(inputs));
  return inputs;
}

namespace {

absl::StatusOr<Json> ValueOfInput(const Json& get_input, const Inputs& inputs,
                                  const std::string& path) {
  const Json& name = get_input.at("get_input");
  if (!name.is_string()) return TemplateError(path, "get_input takes the name of one input");
  const auto& text = name.get_ref<const std::string&>();
  if (!inputs.definitions.contains(text)) {
    return TemplateError(path, base::Cat("input ", Quoted(text), " is not declared"));
  }
  const auto value = inputs.values.find(text);
  return value == inputs.values.end() ? get_input : value->second;
}

}  // namespace

absl::StatusOr<Json> ResolveInputs(const Json& value, const Inputs& inputs,
                                   const std::string& path) {
  if (IsUnresolved(value)) return ValueOfInput(value, inputs, path);
  if (!value.is_structured()) return value;
  Json resolved = value.is_object() ? Json::object() : Json::array();
  if (value.is_object()) {
    for (const auto& [key, member] : value.items()) {
      GREGALE_ASSIGN_OR_RETURN(resolved[key], ResolveInputs(member, inputs, Child(path, key)));
    }
    return resolved;
  }
  for (size_t i = 0; i < value.size(); ++i) {
    GREGALE_ASSIGN_OR_RETURN(Json item, ResolveInputs(value[i], inputs, Item(path, i)));
    resolved.push_back(std::move(item));
  }
  return resolved;
}

}  // namespace gregale::tosca
