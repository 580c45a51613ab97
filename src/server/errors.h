#pragma once

#include <string_view>

#include "absl/status/status.h"

// The errors of the handlers, one constructor each, in Tacker's words. The kind (base::ErrorKind)
// is Tacker's class.
namespace gregale::server {

// The request itself is wrong.
absl::Status BadRequest(std::string_view message);
// An attribute of the request is wrong: "Invalid input for <attribute>. Reason: <reason>."
absl::Status InvalidAttribute(std::string_view attribute, std::string_view reason);
absl::Status RequiredAttribute(std::string_view attribute);

absl::Status VnfNotFound(std::string_view id);
absl::Status VnfdNotFound(std::string_view id);
absl::Status VimNotFound(std::string_view id);
absl::Status EventNotFound(std::string_view id);
absl::Status WorkflowNotFound(std::string_view id);
absl::Status ExecutionNotFound(std::string_view id);
// Several projects have a resource of this name, and the caller sees them all.
absl::Status AmbiguousName(std::string_view resource, std::string_view name);

// `resource` is "vnf", "vnfd" or "vim".
absl::Status DuplicateName(std::string_view resource);
absl::Status VnfdInUse(std::string_view id);
absl::Status VimInUse(std::string_view id);
absl::Status VimDefaultDuplicate(std::string_view id);
absl::Status VimDefaultNotDefined();
absl::Status VimRegionNotFound(std::string_view region);
absl::Status UnsupportedVimType(std::string_view type);

absl::Status AdminRequired();
absl::Status VnfInactive(std::string_view id);

// The VNFD has no trigger at all, or none of this name.
absl::Status NoTriggers(std::string_view vnf_id);
absl::Status TriggerNotFound(std::string_view vnf_id, std::string_view trigger);
absl::Status AlarmUrlInvalid(std::string_view vnf_id, std::string_view reason);

absl::Status ParamYamlNotWellFormed(std::string_view attribute, std::string_view reason);
// A value of param_values is wrong.
absl::Status InvalidParameter(std::string_view field, std::string_view reason);
// A monitoring policy or a template's shape is wrong.
absl::Status TemplateRefused(std::string_view reason);
absl::Status TemplateVersionMissing();

}  // namespace gregale::server
