#include "server/grpc_messages.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/yaml.h"
#include "rpc/struct_json.h"
#include "server/errors.h"
#include "server/text_rules.h"
#include "server/vnfd_handlers.h"

namespace gregale::server {
namespace {

using base::Json;

void SetTime(absl::Time time, google::protobuf::Timestamp& out) {
  const int64_t micros = absl::ToUnixMicros(time);
  out.set_seconds(micros / 1'000'000);
  out.set_nanos(static_cast<int32_t>(micros % 1'000'000 * 1000));
}

absl::StatusOr<Json> ReadTemplateText(const std::string& yaml) {
  absl::StatusOr<Json> value = base::ParseYamlAsJson(yaml, TemplateYaml());
  if (!value.ok()) return TemplateRefused(base::FromAbsl(value.status().message()));
  return value;
}

}  // namespace

absl::StatusOr<NewVim> FromMessage(const v1::CreateVimRequest& message) {
  NewVim out = {.name = message.name(),
                .type = message.type().empty() ? "openstack" : message.type(),
                .description = message.description(),
                .auth_url = message.auth_url(),
                .is_default = message.is_default()};
  GREGALE_ASSIGN_OR_RETURN(out.auth_cred, rpc::ToJson(message.auth_cred()));
  GREGALE_ASSIGN_OR_RETURN(out.vim_project, rpc::ToJson(message.vim_project()));
  for (const auto& [key, value] : message.affinity()) out.affinity[key] = value;
  return out;
}

absl::StatusOr<NewVnfd> FromMessage(const v1::CreateVnfdRequest& message) {
  NewVnfd out = {.name = message.name(), .description = message.description()};
  GREGALE_ASSIGN_OR_RETURN(out.vnfd_template, ReadTemplateText(message.template_()));
  return out;
}

absl::StatusOr<NewVnf> FromMessage(const v1::CreateVnfRequest& message) {
  NewVnf out = {.name = message.name(), .vnfd = message.vnfd_id(), .vim = message.vim_id()};
  if (!message.vnfd_template().empty()) {
    GREGALE_ASSIGN_OR_RETURN(out.vnfd_template, ReadTemplateText(message.vnfd_template()));
  }
  if (message.has_param_values()) {
    GREGALE_ASSIGN_OR_RETURN(out.param_values, rpc::ToJson(message.param_values()));
  }
  return out;
}

absl::StatusOr<VnfAction> FromMessage(const v1::ScaleVnfRequest& message) {
  lifecycle::ScaleRequest scale;
  scale.policy = message.policy();
  switch (message.direction()) {
    case v1::ScaleVnfRequest::DIRECTION_OUT:
      scale.direction = lifecycle::Direction::kOut;
      break;
    case v1::ScaleVnfRequest::DIRECTION_IN:
      scale.direction = lifecycle::Direction::kIn;
      break;
    default:
      return RequiredAttribute("direction");
  }
  return VnfAction{.id = message.id(), .request = std::move(scale)};
}

absl::StatusOr<VnfAction> FromMessage(const v1::HealVnfRequest& message) {
  for (const auto& [name, text] :
       {std::pair("vdu", &message.vdu()), std::pair("address", &message.address()),
        std::pair("cause", &message.cause())}) {
    GREGALE_RETURN_IF_ERROR(CheckText(name, *text, base::kNameCharsMax));
  }
  lifecycle::HealRequest heal{.vdu = message.vdu(),
                              .instance = std::nullopt,
                              .address = message.address(),
                              .cause = message.cause()};
  if (message.has_instance()) heal.instance = message.instance();
  return VnfAction{.id = message.id(), .request = std::move(heal)};
}

absl::StatusOr<VnfAction> FromMessage(const v1::PauseVnfRequest& message) {
  return VnfAction{.id = message.id(), .request = PauseRequest()};
}

absl::StatusOr<VnfAction> FromMessage(const v1::ResumeVnfRequest& message) {
  return VnfAction{.id = message.id(), .request = ResumeRequest()};
}

absl::StatusOr<VnfAction> FromMessage(const v1::RetryVnfRequest& message) {
  return VnfAction{.id = message.id(), .request = RetryRequest()};
}

absl::StatusOr<VnfChange> FromMessage(const v1::UpdateVnfRequest& message) {
  VnfChange change;
  change.id = message.id();
  if (message.has_name()) change.name = message.name();
  if (message.has_description()) change.description = message.description();
  if (message.has_config()) {
    GREGALE_ASSIGN_OR_RETURN(change.config, rpc::ToJson(message.config()));
  }
  if (message.has_param_values()) {
    GREGALE_ASSIGN_OR_RETURN(change.param_values, rpc::ToJson(message.param_values()));
  }
  return change;
}

v1::Vim ToMessage(const store::Vim& vim) {
  v1::Vim out;
  out.set_id(vim.id);
  out.set_name(vim.name);
  out.set_type(vim.type);
  out.set_description(vim.description);
  out.set_auth_url(vim.auth_url);
  out.set_is_default(vim.is_default);
  out.set_status(vim.status);
  out.set_tenant_id(vim.tenant_id);
  SetTime(vim.created_at, *out.mutable_created_at());
  const Json placement = base::ParseJson(vim.placement_attr).value_or(Json::object());
  const auto affinity = placement.value("affinity", Json::object());
  for (const auto& [key, value] : affinity.items()) {
    (*out.mutable_affinity())[key] = value.get<std::string>();
  }
  return out;
}

v1::Vnfd ToMessage(const store::Vnfd& vnfd) {
  v1::Vnfd out;
  out.set_id(vnfd.id);
  out.set_name(vnfd.name);
  out.set_description(vnfd.description);
  out.set_template_(vnfd.template_yaml);
  out.set_template_source(vnfd.template_source);
  out.set_tenant_id(vnfd.tenant_id);
  SetTime(vnfd.created_at, *out.mutable_created_at());
  return out;
}

v1::Vnf ToMessage(const store::Vnf& vnf) {
  v1::Vnf out;
  out.set_id(vnf.id);
  out.set_name(vnf.name);
  out.set_description(vnf.description);
  out.set_vnfd_id(vnf.vnfd_id);
  out.set_vim_id(vnf.vim_id);
  out.set_status(std::string(store::ToText(vnf.status)));
  out.set_error_reason(vnf.error_reason);
  out.set_instance_id(vnf.instance_id);
  out.set_mgmt_ip_address(vnf.mgmt_ip_address);
  out.set_mistral_action_id(vnf.mistral_action_id);
  out.set_paused(vnf.paused);
  for (const auto& [name, text] : vnf.attributes) (*out.mutable_attributes())[name] = text;
  out.set_tenant_id(vnf.tenant_id);
  SetTime(vnf.created_at, *out.mutable_created_at());
  if (vnf.updated_at != absl::InfinitePast()) SetTime(vnf.updated_at, *out.mutable_updated_at());
  return out;
}

v1::Event ToMessage(const store::Event& event) {
  v1::Event out;
  out.set_id(event.id);
  out.set_resource_id(event.resource_id);
  out.set_resource_type(event.resource_type);
  out.set_resource_state(event.resource_state);
  out.set_event_type(event.event_type);
  SetTime(event.timestamp, *out.mutable_timestamp());
  out.set_details(event.details);
  return out;
}

v1::Workflow ToMessage(const store::Definition& workflow) {
  v1::Workflow out;
  out.set_id(workflow.id);
  out.set_name(workflow.name);
  out.set_definition(workflow.text);
  out.set_tenant_id(workflow.tenant_id);
  SetTime(workflow.created_at, *out.mutable_created_at());
  return out;
}

v1::Execution ToMessage(const PlacedExecution& placed) {
  v1::Execution out;
  out.set_id(placed.execution.id);
  out.set_workflow_name(placed.execution.workflow_name);
  out.set_state(placed.execution.state);
  out.set_vnf_id(placed.execution.vnf_id);
  out.set_action_id(placed.action_id);
  out.set_executor_id(placed.executor_id);
  SetTime(placed.execution.created_at, *out.mutable_created_at());
  // The store wrote it from an object; a damaged one is shown as empty.
  const absl::StatusOr<Json> input = base::ParseJson(placed.execution.input);
  if (!input.ok() || !input->is_object()) return out;
  absl::StatusOr<google::protobuf::Struct> object = rpc::ToStruct(*input);
  if (object.ok()) *out.mutable_input() = *std::move(object);
  return out;
}

absl::StatusOr<store::ListQuery> PageQuery(int32_t page_size, const std::string& token) {
  if (page_size < 0) return InvalidAttribute("page_size", "it is negative");
  store::ListQuery query;
  query.limit = page_size == 0 ? base::kPageRowsMax : std::min(page_size, base::kPageRowsMax);
  query.marker = token;
  return query;
}

void OnlyWhere(const char* column, const std::string& value, store::ListQuery& query) {
  if (!value.empty()) query.equals[column] = {value};
}

}  // namespace gregale::server
