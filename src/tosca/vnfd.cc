#include "tosca/vnfd.h"

#include <utility>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/yaml.h"
#include "tosca/inputs.h"
#include "tosca/node_templates.h"
#include "tosca/schema.h"
#include "tosca/template_error.h"
#include "tosca/template_policies.h"
#include "tosca/yaml_position.h"

namespace gregale::tosca {
namespace {

using base::Json;

constexpr std::string_view kVersion = "tosca_simple_profile_for_nfv_1_0_0";

Json MemberOrNull(const Json& map, std::string_view key) {
  const auto found = map.find(key);
  return found == map.end() ? Json() : *found;
}

absl::Status CheckVersion(const Json& vnfd_template) {
  constexpr std::string_view kField = "tosca_definitions_version";
  const Json version = MemberOrNull(vnfd_template, kField);
  if (version.is_null()) {
    return TemplateError(kField, base::Cat("is required; it must be '", kVersion, "'"));
  }
  if (version == kVersion) return absl::OkStatus();
  return TemplateError(kField, base::Cat(version.is_string() ? Quoted(version.get<std::string>())
                                                             : std::string("this"),
                                         " is not known; it must be '", kVersion, "'"));
}

absl::StatusOr<std::string> ReadText(const Json& map, std::string_view key, size_t chars_max,
                                     const std::string& path) {
  const Json text = MemberOrNull(map, key);
  if (text.is_null()) return std::string();
  if (!text.is_string()) return TemplateError(path, "must be a text");
  if (text.get_ref<const std::string&>().size() > chars_max) {
    return TemplateError(path, base::Cat("is longer than ", chars_max, " characters"));
  }
  return text.get<std::string>();
}

absl::Status ReadTopology(const Json& topology, const Json& param_values, RequireInputs require,
                          Vnfd& vnfd) {
  constexpr std::string_view kPath = "topology_template";
  if (topology.is_null()) return TemplateError(kPath, "is required");
  GREGALE_RETURN_IF_ERROR(CheckKeys(topology,
                                    {"description", "inputs", "node_templates", "policies",
                                     "groups", "outputs", "substitution_mappings"},
                                    kPath));
  GREGALE_ASSIGN_OR_RETURN(Inputs inputs,
                           ReadInputs(MemberOrNull(topology, "inputs"), param_values, require));
  if (!topology.contains("node_templates")) {
    return TemplateError(Child(kPath, "node_templates"), "is required");
  }
  GREGALE_ASSIGN_OR_RETURN(const Json nodes, ResolveInputs(topology.at("node_templates"), inputs,
                                                           Child(kPath, "node_templates")));
  GREGALE_RETURN_IF_ERROR(ReadNodeTemplates(nodes, vnfd));
  GREGALE_ASSIGN_OR_RETURN(const Json policies, ResolveInputs(MemberOrNull(topology, "policies"),
                                                              inputs, Child(kPath, "policies")));
  GREGALE_RETURN_IF_ERROR(ReadPolicies(policies, vnfd));
  vnfd.inputs = std::move(inputs.definitions);
  return absl::OkStatus();
}

absl::StatusOr<base::YamlNode> ParseTemplate(std::string_view yaml) {
  base::YamlOptions options;
  options.allow_duplicate_keys = true;
  return base::ParseYaml(yaml, options);
}

absl::Status AtPosition(const absl::Status& error, const base::YamlNode& document) {
  const std::string field = base::ErrorField(error);
  const base::YamlNode& node = Locate(document, field);
  return base::MakeError(
      error.code(), base::ErrorKind(error),
      base::Cat(error.message(), " (line ", node.line, ", column ", node.column, ")"), field);
}

}  // namespace

absl::StatusOr<Vnfd> ParseVnfd(const Json& vnfd_template, const Json& param_values,
                               RequireInputs require) {
  if (!vnfd_template.is_object()) return TemplateError("", "the template must be a map");
  GREGALE_RETURN_IF_ERROR(CheckVersion(vnfd_template));
  GREGALE_RETURN_IF_ERROR(
      CheckKeys(vnfd_template,
                {"tosca_definitions_version", "tosca_default_namespace", "description", "metadata",
                 "imports", "dsl_definitions", "topology_template"},
                ""));
  Vnfd vnfd;
  GREGALE_ASSIGN_OR_RETURN(vnfd.description, ReadText(vnfd_template, "description",
                                                      base::kDescriptionCharsMax, "description"));
  const Json metadata = MemberOrNull(vnfd_template, "metadata");
  if (!metadata.is_null()) {
    GREGALE_RETURN_IF_ERROR(CheckShape(metadata, Shape::kMap, "metadata"));
    GREGALE_ASSIGN_OR_RETURN(
        vnfd.template_name,
        ReadText(metadata, "template_name", base::kNameCharsMax, "metadata.template_name"));
  }
  GREGALE_RETURN_IF_ERROR(
      ReadTopology(MemberOrNull(vnfd_template, "topology_template"), param_values, require, vnfd));
  return vnfd;
}

absl::StatusOr<Vnfd> ParseVnfdYaml(std::string_view yaml, const Json& param_values,
                                   RequireInputs require) {
  const absl::StatusOr<base::YamlNode> document = ParseTemplate(yaml);
  if (!document.ok()) return TemplateError("", base::FromAbsl(document.status().message()));
  const absl::StatusOr<Json> json = base::YamlToJson(*document);
  if (!json.ok()) return TemplateError("", base::FromAbsl(json.status().message()));
  absl::StatusOr<Vnfd> vnfd = ParseVnfd(*json, param_values, require);
  if (vnfd.ok() || base::ErrorKind(vnfd.status()) != "ToscaParserFailed") return vnfd;
  return AtPosition(vnfd.status(), *document);
}

absl::Status WithPosition(const absl::Status& error, std::string_view yaml) {
  const absl::StatusOr<base::YamlNode> document = ParseTemplate(yaml);
  return document.ok() ? AtPosition(error, *document) : error;
}

}  // namespace gregale::tosca
