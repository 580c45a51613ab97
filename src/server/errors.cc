#include "server/errors.h"

#include "base/error.h"
#include "base/text.h"

namespace gregale::server {
namespace {

using absl::StatusCode;
using base::MakeError;

}  // namespace

absl::Status BadRequest(std::string_view message) {
  return MakeError(StatusCode::kInvalidArgument, "BadRequest", message);
}

absl::Status InvalidAttribute(std::string_view attribute, std::string_view reason) {
  return MakeError(StatusCode::kInvalidArgument, "BadRequest",
                   base::Cat("Invalid input for ", attribute, ". Reason: ", reason, "."),
                   attribute);
}

absl::Status RequiredAttribute(std::string_view attribute) {
  return MakeError(
      StatusCode::kInvalidArgument, "BadRequest",
      base::Cat("Failed to parse request. Required attribute '", attribute, "' not specified"),
      attribute);
}

absl::Status VnfNotFound(std::string_view id) {
  return MakeError(StatusCode::kNotFound, "VNFNotFound",
                   base::Cat("VNF ", id, " could not be found"));
}

absl::Status VnfdNotFound(std::string_view id) {
  return MakeError(StatusCode::kNotFound, "VNFDNotFound",
                   base::Cat("VNFD ", id, " could not be found"));
}

absl::Status VimNotFound(std::string_view id) {
  return MakeError(
      StatusCode::kNotFound, "VimNotFoundException",
      base::Cat("Specified VIM id ", id, " is invalid. Please verify and pass a valid VIM id"));
}

absl::Status EventNotFound(std::string_view id) {
  return MakeError(
      StatusCode::kNotFound, "EventNotFoundException",
      base::Cat("Specified Event id ", id, " is invalid. Please verify and pass a valid Event id"));
}

absl::Status WorkflowNotFound(std::string_view id) {
  return MakeError(StatusCode::kNotFound, "WorkflowNotFound",
                   base::Cat("Workflow ", id, " could not be found"));
}

absl::Status ExecutionNotFound(std::string_view id) {
  return MakeError(StatusCode::kNotFound, "ExecutionNotFound",
                   base::Cat("Execution ", id, " could not be found"));
}

absl::Status AmbiguousName(std::string_view resource, std::string_view name) {
  return MakeError(StatusCode::kFailedPrecondition, "AmbiguousName",
                   base::Cat("Multiple ", resource, " matches found for name '", name,
                             "', use an ID to be more specific."));
}

absl::Status DuplicateName(std::string_view resource) {
  return MakeError(
      StatusCode::kAlreadyExists, "DuplicateEntity",
      base::Cat(resource, " already exist with given ['tenant_id', 'name', 'deleted_at']"));
}

absl::Status VnfdInUse(std::string_view id) {
  return MakeError(StatusCode::kFailedPrecondition, "VNFDInUse",
                   base::Cat("VNFD ", id, " is still in use"));
}

absl::Status VimInUse(std::string_view id) {
  return MakeError(StatusCode::kFailedPrecondition, "VimInUseException",
                   base::Cat("VIM ", id, " is still in use by VNF"));
}

absl::Status VimDefaultDuplicate(std::string_view id) {
  return MakeError(StatusCode::kAlreadyExists, "VimDefaultDuplicateException",
                   base::Cat("Default VIM already exists ", id, "."));
}

absl::Status VimDefaultNotDefined() {
  return MakeError(StatusCode::kFailedPrecondition, "VimDefaultNotDefined",
                   "Default VIM is not defined.");
}

absl::Status VimRegionNotFound(std::string_view region) {
  return MakeError(StatusCode::kNotFound, "VimRegionNotFoundException",
                   base::Cat("Unknown VIM region name ", region));
}

absl::Status UnsupportedVimType(std::string_view type) {
  return MakeError(StatusCode::kInvalidArgument, "InvalidInfraDriver",
                   base::Cat("VIM type ", type, " is not supported as an infra driver"), "type");
}

absl::Status AdminRequired() {
  return MakeError(StatusCode::kPermissionDenied, "AdminRequired",
                   "User does not have admin privileges: Admin only operation");
}

absl::Status VnfInactive(std::string_view id) {
  return MakeError(StatusCode::kFailedPrecondition, "VNFInactive",
                   base::Cat("VNF ", id, " is not in Active state:  Cannot fetch details"));
}

absl::Status NoTriggers(std::string_view vnf_id) {
  return MakeError(StatusCode::kInvalidArgument, "VnfPolicyTypeInvalid",
                   base::Cat("VNF ", vnf_id, " has no policy of type ",
                             "tosca.policies.tacker.Alarming"));
}

absl::Status TriggerNotFound(std::string_view vnf_id, std::string_view trigger) {
  return MakeError(StatusCode::kNotFound, "TriggerNotFound",
                   base::Cat("Trigger ", trigger, " does not exist for VNF ", vnf_id));
}

absl::Status AlarmUrlInvalid(std::string_view vnf_id, std::string_view reason) {
  return MakeError(StatusCode::kInvalidArgument, "AlarmUrlInvalid",
                   base::Cat("Invalid alarm url for VNF ", vnf_id, ": ", reason));
}

absl::Status ParamYamlNotWellFormed(std::string_view attribute, std::string_view reason) {
  return MakeError(StatusCode::kInvalidArgument, "ParamYAMLNotWellFormed",
                   base::Cat("Parameter YAML not well formed - ", attribute, ": ", reason),
                   attribute);
}

absl::Status InvalidParameter(std::string_view field, std::string_view reason) {
  return MakeError(StatusCode::kInvalidArgument, "InvalidInput",
                   base::Cat("Invalid input for ", field, ". Reason: ", reason, "."), field);
}

absl::Status TemplateRefused(std::string_view reason) {
  return MakeError(StatusCode::kInvalidArgument, "ToscaParserFailed",
                   base::Cat("tosca-parser failed: - ", reason));
}

absl::Status TemplateVersionMissing() {
  return MakeError(StatusCode::kInvalidArgument, "Invalid",
                   "Not a valid template: tosca_definitions_version is missing.");
}

}  // namespace gregale::server
