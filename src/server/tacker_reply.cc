#include "server/tacker_reply.h"

#include <utility>

#include "base/text.h"
#include "server/shown_values.h"

namespace gregale::server {
namespace {

using base::Json;

// Tacker shows with the credentials what they are for.
Json ShowCredentials(const store::Vim& vim, const Json& project) {
  Json shown = ObjectIn(vim.auth_cred);
  shown["auth_url"] = vim.auth_url;
  shown["project_name"] = project.value("name", Json());
  shown["project_domain_name"] = project.value("project_domain_name", Json());
  shown["project_id"] = nullptr;
  shown["key_type"] = "secretbox";
  shown["secret_uuid"] = nullptr;
  return shown;
}

}  // namespace

Json ShowVim(const store::Vim& vim) {
  const Json project = ObjectIn(vim.vim_project);
  return {{"id", vim.id},
          {"tenant_id", vim.tenant_id},
          {"type", vim.type},
          {"name", vim.name},
          {"description", vim.description},
          {"auth_url", vim.auth_url},
          {"auth_cred", ShowCredentials(vim, project)},
          {"vim_project", project},
          {"placement_attr", ObjectIn(vim.placement_attr)},
          {"is_default", vim.is_default},
          {"status", vim.status},
          {"created_at", TimeOrNull(vim.created_at)},
          {"updated_at", TimeOrNull(vim.updated_at)}};
}

Json ShowVnfd(const store::Vnfd& vnfd) {
  return {{"id", vnfd.id},
          {"tenant_id", vnfd.tenant_id},
          {"name", vnfd.name},
          {"description", vnfd.description},
          {"service_types", Json::array({"vnfd"})},
          {"attributes", {{"vnfd", vnfd.template_yaml}}},
          {"template_source", vnfd.template_source},
          {"created_at", TimeOrNull(vnfd.created_at)},
          {"updated_at", TimeOrNull(vnfd.updated_at)}};
}

Json ShowVnf(const store::Vnf& vnf) {
  Json attributes = Json::object();
  for (const auto& [name, text] : vnf.attributes) attributes[name] = text;
  // An attribute, not a field of its own: so Tacker's client shows it.
  if (vnf.paused) attributes["paused"] = "true";
  return {{"id", vnf.id},
          {"tenant_id", vnf.tenant_id},
          {"vnfd_id", vnf.vnfd_id},
          {"vim_id", vnf.vim_id},
          {"name", vnf.name},
          {"description", vnf.description},
          {"instance_id", TextOrNull(vnf.instance_id)},
          {"mgmt_ip_address", TextOrNull(vnf.mgmt_ip_address)},
          {"attributes", std::move(attributes)},
          {"placement_attr", ObjectIn(vnf.placement_attr)},
          {"status", std::string(store::ToText(vnf.status))},
          {"error_reason", TextOrNull(vnf.error_reason)},
          {"mistral_action_id", TextOrNull(vnf.mistral_action_id)},
          {"created_at", TimeOrNull(vnf.created_at)},
          {"updated_at", TimeOrNull(vnf.updated_at)}};
}

Json ShowVnfResource(const store::VnfResource& resource) {
  return {{"name", resource.name}, {"type", resource.type}, {"id", resource.id}};
}

Json ShowEvent(const store::Event& event) {
  return {{"id", event.id},
          {"resource_id", event.resource_id},
          {"resource_type", event.resource_type},
          {"resource_state", event.resource_state},
          {"timestamp", TimeOrNull(event.timestamp)},
          {"event_type", event.event_type},
          {"event_details", event.details}};
}

Json ShowTrigger(const std::string& trigger, const std::string& actions, TriggerOutcome outcome) {
  return {{"trigger",
           {{"policy_name", trigger},
            {"action_name", actions},
            {"params", Json::object()},
            {"outcome", ToText(outcome)}}}};
}

Json ShowExtensions() {
  struct Extension {
    std::string_view alias, name, description;
  };
  static constexpr Extension kExtensions[] = {
      {"VNFM", "VNF Manager", "VNFs and their descriptors: their life, their monitors"},
      {"NFVO", "VNF Orchestrator", "The VIMs that VNFs run on"},
      {"Commonservices", "Common services", "Events"},
  };
  Json list = Json::array();
  for (const Extension& extension : kExtensions) {
    list.push_back({{"alias", extension.alias},
                    {"name", extension.name},
                    {"description", extension.description},
                    {"namespace", "https://wiki.openstack.org/wiki/Tacker"},
                    {"updated", "2026-01-01T00:00:00-00:00"},
                    {"links", Json::array()}});
  }
  return list;
}

Json ShowVersions(std::string_view host) {
  const Json link = {{"rel", "self"}, {"href", base::Cat("http://", host, "/v1.0")}};
  return {{"versions",
           Json::array({{{"id", "v1.0"}, {"status", "CURRENT"}, {"links", Json::array({link})}}})}};
}

}  // namespace gregale::server
