#include "server/tacker_request.h"

#include <optional>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "server/errors.h"
#include "server/tacker_body.h"
#include "server/text_rules.h"

namespace gregale::server {
namespace {

using base::Json;

// ReadBody has checked the types.
std::string TextOf(const Json& object, const char* key) { return object.value(key, ""); }

template <class Value>
std::optional<Value> ValueOf(const Json& object, const char* key) {
  const auto value = object.find(key);
  if (value == object.end()) return std::nullopt;
  return value->get<Value>();
}

// The class of a value in Python, which the message names.
std::string_view PythonClass(const Json& value) {
  if (value.is_string()) return "str";
  if (value.is_boolean()) return "bool";
  if (value.is_number_integer()) return "int";
  if (value.is_number()) return "float";
  if (value.is_array()) return "list";
  return "NoneType";
}

absl::Status CheckServiceTypes(const Json& vnfd) {
  const Json types = vnfd.value("service_types", Json::array());
  if (types.empty()) {
    return base::MakeError(absl::StatusCode::kInvalidArgument, "ServiceTypesNotSpecified",
                           "service types are not specified");
  }
  for (const Json& type : types) {
    const bool is_named =
        type.is_object() && type.contains("service_type") && type["service_type"].is_string();
    if (!is_named) {
      return InvalidAttribute("service_types",
                              base::Cat("'", InWords(type), "' has no service_type"));
    }
  }
  return absl::OkStatus();
}

absl::Status RefuseOtherKeys(const Json& object, std::string_view attribute,
                             std::initializer_list<std::string_view> known) {
  for (const auto& [key, value] : object.items()) {
    bool is_known = false;
    for (const std::string_view name : known) is_known = is_known || key == name;
    if (!is_known) {
      return BadRequest(
          base::Cat("Unrecognized attribute(s) '", attribute, ".", Shortened(key), "'"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<NewVim> ReadNewVim(std::string_view body) {
  GREGALE_ASSIGN_OR_RETURN(const Json vim, ReadBody(body, kVimSchema, BodyOf::kPost));
  NewVim out;
  out.tenant_id = TextOf(vim, "tenant_id");
  out.name = TextOf(vim, "name");
  out.type = TextOf(vim, "type");
  out.description = TextOf(vim, "description");
  out.auth_url = TextOf(vim, "auth_url");
  out.is_default = vim.value("is_default", false);
  out.auth_cred = vim["auth_cred"];
  out.vim_project = vim.value("vim_project", Json::object());
  const Json placement = vim.value("placement_attr", Json::object());
  GREGALE_RETURN_IF_ERROR(RefuseOtherKeys(placement, "placement_attr", {"regions", "affinity"}));
  out.regions = placement.value("regions", Json::array());
  if (!out.regions.is_array()) {
    return InvalidAttribute("placement_attr.regions",
                            base::Cat("'", InWords(out.regions), "' is not a list"));
  }
  out.affinity = placement.value("affinity", Json());
  return out;
}

absl::StatusOr<VimChange> ReadVimChange(std::string_view body) {
  GREGALE_ASSIGN_OR_RETURN(const Json vim, ReadBody(body, kVimSchema, BodyOf::kPut));
  return VimChange{.name = ValueOf<std::string>(vim, "name"),
                   .description = ValueOf<std::string>(vim, "description"),
                   .is_default = ValueOf<bool>(vim, "is_default"),
                   .auth_cred = ValueOf<Json>(vim, "auth_cred"),
                   .vim_project = ValueOf<Json>(vim, "vim_project")};
}

absl::StatusOr<NewVnfd> ReadNewVnfd(std::string_view body) {
  GREGALE_ASSIGN_OR_RETURN(const Json vnfd, ReadBody(body, kVnfdSchema, BodyOf::kPost));
  GREGALE_RETURN_IF_ERROR(CheckServiceTypes(vnfd));
  const Json& attributes = vnfd["attributes"];
  GREGALE_RETURN_IF_ERROR(RefuseOtherKeys(attributes, "attributes", {"vnfd"}));
  if (!attributes.contains("vnfd")) return RequiredAttribute("attributes.vnfd");
  const Json& vnfd_template = attributes["vnfd"];
  if (!vnfd_template.is_object()) {
    return base::MakeError(absl::StatusCode::kInvalidArgument, "InvalidAPIAttributeType",
                           base::Cat("Expecting dict type for API attribute instead of <class '",
                                     PythonClass(vnfd_template), "'> "),
                           "attributes.vnfd");
  }
  return NewVnfd{.tenant_id = TextOf(vnfd, "tenant_id"),
                 .name = TextOf(vnfd, "name"),
                 .description = TextOf(vnfd, "description"),
                 .vnfd_template = vnfd_template};
}

absl::StatusOr<VnfdChange> ReadVnfdChange(std::string_view body) {
  GREGALE_ASSIGN_OR_RETURN(const Json vnfd, ReadBody(body, kVnfdSchema, BodyOf::kPut));
  return VnfdChange{.name = ValueOf<std::string>(vnfd, "name"),
                    .description = ValueOf<std::string>(vnfd, "description")};
}

absl::StatusOr<NewVnf> ReadNewVnf(std::string_view body) {
  GREGALE_ASSIGN_OR_RETURN(const Json vnf, ReadBody(body, kVnfSchema, BodyOf::kPost));
  const Json attributes = vnf.value("attributes", Json::object());
  GREGALE_RETURN_IF_ERROR(RefuseOtherKeys(attributes, "attributes", {"param_values", "config"}));
  const Json placement = vnf.value("placement_attr", Json::object());
  GREGALE_RETURN_IF_ERROR(RefuseOtherKeys(placement, "placement_attr", {"region_name"}));
  const Json region = placement.value("region_name", Json(""));
  if (!region.is_string()) {
    return InvalidAttribute("placement_attr.region_name",
                            base::Cat("'", InWords(region), "' is not a valid string"));
  }
  return NewVnf{.tenant_id = TextOf(vnf, "tenant_id"),
                .name = TextOf(vnf, "name"),
                .vnfd = TextOf(vnf, "vnfd_id"),
                .vnfd_template = vnf.value("vnfd_template", Json()),
                .vim = TextOf(vnf, "vim_id"),
                .region = region.get<std::string>(),
                .param_values = attributes.value("param_values", Json()),
                .config = attributes.value("config", Json())};
}

absl::StatusOr<VnfChange> ReadVnfChange(std::string_view body) {
  GREGALE_ASSIGN_OR_RETURN(const Json vnf, ReadBody(body, kVnfSchema, BodyOf::kPut));
  const Json attributes = vnf.value("attributes", Json::object());
  GREGALE_RETURN_IF_ERROR(RefuseOtherKeys(attributes, "attributes", {"param_values", "config"}));
  return VnfChange{.id = {},
                   .name = ValueOf<std::string>(vnf, "name"),
                   .description = ValueOf<std::string>(vnf, "description"),
                   .config = attributes.value("config", Json()),
                   .param_values = attributes.value("param_values", Json())};
}

absl::StatusOr<Force> ReadForce(std::string_view body) {
  if (body.empty()) return Force::kNo;
  GREGALE_ASSIGN_OR_RETURN(const Json document, ReadJson(body));
  if (document.empty()) return Force::kNo;
  if (!document.is_object() || !document.contains("vnf")) {
    return BadRequest("Unable to find 'vnf' in request body");
  }
  const Json vnf = document["vnf"];
  const Json attributes = vnf.is_object() ? vnf.value("attributes", Json()) : Json();
  if (!attributes.is_object() || !attributes.contains("force")) return Force::kNo;
  GREGALE_ASSIGN_OR_RETURN(const bool force, ReadBoolean(attributes["force"], "force"));
  return force ? Force::kYes : Force::kNo;
}

}  // namespace gregale::server
