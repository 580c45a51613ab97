#pragma once

#include <span>
#include <string_view>

#include "absl/status/statusor.h"
#include "base/json.h"

// What every request body of Tacker's v1.0 has in common: {"vnf": {attributes}}, checked against a
// table of attributes, with Tacker's messages.
namespace gregale::server {

enum class AttributeType { kText, kUuid, kObject, kBoolean, kList };
enum class OnPost { kRequired, kOptional, kRefused };
enum class OnPut { kAllowed, kRefused };

struct Attribute {
  std::string_view name;
  AttributeType type;
  OnPost on_post;
  OnPut on_put;
};

struct ResourceSchema {
  std::string_view resource;  // "vnf"
  std::span<const Attribute> attributes;
};

extern const ResourceSchema kVimSchema;
extern const ResourceSchema kVnfdSchema;
extern const ResourceSchema kVnfSchema;
extern const ResourceSchema kTriggerSchema;

enum class BodyOf { kPost, kPut };

// The object inside; its attributes have their types (booleans also where they came as text), and
// none is null.
absl::StatusOr<base::Json> ReadBody(std::string_view body, const ResourceSchema& schema,
                                    BodyOf verb);

// Any JSON text from outside. Kind MalformedRequestBody.
absl::StatusOr<base::Json> ReadJson(std::string_view body);

// true, false, and what Tacker takes for them ("True", "0", ...). Errors name `attribute`.
absl::StatusOr<bool> ReadBoolean(const base::Json& value, std::string_view attribute);

// A value as Tacker's messages print it; long ones are cut.
std::string InWords(const base::Json& value);

}  // namespace gregale::server
