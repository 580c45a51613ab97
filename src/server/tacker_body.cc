#include "server/tacker_body.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "base/error.h"
#include "base/text.h"
#include "server/errors.h"
#include "server/http_text.h"
#include "server/text_rules.h"

namespace gregale::server {
namespace {

using base::Json;
using enum AttributeType;

constexpr Attribute kVimAttributes[] = {
    {"id", kText, OnPost::kRefused, OnPut::kRefused},
    {"tenant_id", kText, OnPost::kOptional, OnPut::kRefused},
    {"type", kText, OnPost::kRequired, OnPut::kRefused},
    {"auth_url", kText, OnPost::kRequired, OnPut::kRefused},
    {"auth_cred", kObject, OnPost::kRequired, OnPut::kAllowed},
    {"vim_project", kObject, OnPost::kOptional, OnPut::kAllowed},
    {"name", kText, OnPost::kRequired, OnPut::kAllowed},
    {"description", kText, OnPost::kOptional, OnPut::kAllowed},
    {"placement_attr", kObject, OnPost::kOptional, OnPut::kRefused},
    {"is_default", kBoolean, OnPost::kOptional, OnPut::kAllowed},
    {"status", kText, OnPost::kRefused, OnPut::kRefused},
    {"created_at", kText, OnPost::kRefused, OnPut::kRefused},
    {"updated_at", kText, OnPost::kRefused, OnPut::kRefused},
};

constexpr Attribute kVnfdAttributes[] = {
    {"id", kText, OnPost::kRefused, OnPut::kRefused},
    {"tenant_id", kText, OnPost::kOptional, OnPut::kRefused},
    {"name", kText, OnPost::kRequired, OnPut::kAllowed},
    {"description", kText, OnPost::kOptional, OnPut::kAllowed},
    {"service_types", kList, OnPost::kOptional, OnPut::kRefused},
    {"attributes", kObject, OnPost::kRequired, OnPut::kRefused},
    {"template_source", kText, OnPost::kRefused, OnPut::kRefused},
    {"created_at", kText, OnPost::kRefused, OnPut::kRefused},
    {"updated_at", kText, OnPost::kRefused, OnPut::kRefused},
};

constexpr Attribute kVnfAttributes[] = {
    {"id", kText, OnPost::kRefused, OnPut::kRefused},
    {"tenant_id", kText, OnPost::kOptional, OnPut::kRefused},
    {"vnfd_id", kUuid, OnPost::kOptional, OnPut::kRefused},
    {"vim_id", kText, OnPost::kOptional, OnPut::kRefused},
    {"name", kText, OnPost::kRequired, OnPut::kAllowed},
    {"description", kText, OnPost::kOptional, OnPut::kAllowed},
    {"attributes", kObject, OnPost::kOptional, OnPut::kAllowed},
    {"placement_attr", kObject, OnPost::kOptional, OnPut::kRefused},
    {"vnfd_template", kObject, OnPost::kOptional, OnPut::kRefused},
    {"instance_id", kText, OnPost::kRefused, OnPut::kRefused},
    {"mgmt_ip_address", kText, OnPost::kRefused, OnPut::kRefused},
    {"mistral_action_id", kText, OnPost::kRefused, OnPut::kRefused},
    {"status", kText, OnPost::kRefused, OnPut::kRefused},
    {"error_reason", kText, OnPost::kRefused, OnPut::kRefused},
    {"created_at", kText, OnPost::kRefused, OnPut::kRefused},
    {"updated_at", kText, OnPost::kRefused, OnPut::kRefused},
};

constexpr Attribute kTriggerAttributes[] = {
    {"policy_name", kText, OnPost::kRequired, OnPut::kRefused},
    {"action_name", kText, OnPost::kRequired, OnPut::kRefused},
    {"params", kObject, OnPost::kRequired, OnPut::kRefused},
};

constexpr size_t kUnknownNamesBytesMax = 200;

absl::Status Invalid(const Json& value, std::string_view attribute, std::string_view what) {
  return InvalidAttribute(attribute, base::Cat("'", InWords(value), "' ", what));
}

absl::Status CheckIsText(const Json& value, const Attribute& attribute) {
  if (value.is_string()) return absl::OkStatus();
  return Invalid(value, attribute.name,
                 attribute.type == kUuid ? "is not a valid UUID" : "is not a valid string");
}

absl::Status CheckValue(Json& value, const Attribute& attribute) {
  switch (attribute.type) {
    case kText:
    case kUuid:
      return CheckIsText(value, attribute);
    case kObject:
      if (value.is_object()) return absl::OkStatus();
      return Invalid(value, attribute.name, "is not a dictionary");
    case kList:
      if (value.is_array()) return absl::OkStatus();
      return Invalid(value, attribute.name, "is not a list");
    case kBoolean:
      GREGALE_ASSIGN_OR_RETURN(value, ReadBoolean(value, attribute.name));
      return absl::OkStatus();
  }
  return absl::InternalError("an attribute without a type");
}

absl::Status RefuseUnknown(const Json& object, const ResourceSchema& schema) {
  std::string unknown;
  for (const auto& [key, value] : object.items()) {
    const std::string& name = key;
    const bool is_known = std::any_of(schema.attributes.begin(), schema.attributes.end(),
                                      [&](const Attribute& a) { return a.name == name; });
    if (is_known || unknown.size() > kUnknownNamesBytesMax) continue;
    base::Append(unknown, unknown.empty() ? "" : ", ", Shortened(name));
  }
  if (unknown.empty()) return absl::OkStatus();
  return BadRequest(base::Cat("Unrecognized attribute(s) '", unknown, "'"));
}

absl::Status CheckPresence(const Json& object, const Attribute& attribute, BodyOf verb) {
  const bool is_present = object.contains(attribute.name);
  if (verb == BodyOf::kPut) {
    if (!is_present || attribute.on_put == OnPut::kAllowed) return absl::OkStatus();
    return BadRequest(base::Cat("Cannot update read-only attribute ", attribute.name));
  }
  if (is_present && attribute.on_post == OnPost::kRefused) {
    return BadRequest(base::Cat("Attribute '", attribute.name, "' not allowed in POST"));
  }
  if (!is_present && attribute.on_post == OnPost::kRequired) {
    return RequiredAttribute(attribute.name);
  }
  return absl::OkStatus();
}

// Some clients write null for what they do not know.
void DropNulls(Json& object) {
  Json kept = Json::object();
  for (auto& [key, value] : object.items()) {
    if (!value.is_null()) kept[key] = std::move(value);
  }
  object = std::move(kept);
}

}  // namespace

const ResourceSchema kVimSchema = {"vim", kVimAttributes};
const ResourceSchema kVnfdSchema = {"vnfd", kVnfdAttributes};
const ResourceSchema kVnfSchema = {"vnf", kVnfAttributes};
const ResourceSchema kTriggerSchema = {"trigger", kTriggerAttributes};

absl::StatusOr<Json> ReadBody(std::string_view body, const ResourceSchema& schema, BodyOf verb) {
  if (body.empty()) return BadRequest("Resource body required");
  GREGALE_ASSIGN_OR_RETURN(Json document, ReadJson(body));
  if (document.empty()) return BadRequest("Resource body required");
  const std::string resource(schema.resource);
  const auto found = document.is_object() ? document.find(resource) : document.end();
  if (found == document.end()) {
    return BadRequest(base::Cat("Unable to find '", resource, "' in request body"));
  }
  Json object = std::move(*found);
  if (!object.is_object()) return Invalid(object, resource, "is not a dictionary");
  GREGALE_RETURN_IF_ERROR(RefuseUnknown(object, schema));
  DropNulls(object);
  for (const Attribute& attribute : schema.attributes) {
    GREGALE_RETURN_IF_ERROR(CheckPresence(object, attribute, verb));
  }
  for (const Attribute& attribute : schema.attributes) {
    const auto value = object.find(std::string(attribute.name));
    if (value != object.end()) GREGALE_RETURN_IF_ERROR(CheckValue(*value, attribute));
  }
  return object;
}

absl::StatusOr<Json> ReadJson(std::string_view body) {
  absl::StatusOr<Json> document = base::ParseJson(body);
  if (document.ok()) return document;
  return base::MakeError(
      absl::StatusCode::kInvalidArgument, "MalformedRequestBody",
      base::Cat("Malformed request body: Cannot understand JSON\n", document.status().message()));
}

absl::StatusOr<bool> ReadBoolean(const Json& value, std::string_view attribute) {
  if (value.is_boolean()) return value.get<bool>();
  const std::string words = Lowered(InWords(value));
  if (words == "true" || words == "1") return true;
  if (words == "false" || words == "0") return false;
  return Invalid(value, attribute, "cannot be converted to boolean");
}

std::string InWords(const Json& value) {
  std::string words = value.is_string() ? value.get<std::string>() : base::DumpJson(value);
  if (value.is_boolean()) words = value.get<bool>() ? "True" : "False";
  if (value.is_null()) words = "None";
  return Shortened(words);
}

}  // namespace gregale::server
