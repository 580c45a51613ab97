#include "server/vnf_handlers.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "base/error.h"
#include "base/limits.h"
#include "base/ordered_uuid.h"
#include "base/text.h"
#include "base/yaml.h"
#include "lifecycle/new_operation.h"
#include "lifecycle/requests.h"
#include "lifecycle/vnf_event.h"
#include "policies/vnfd_policies.h"
#include "server/errors.h"
#include "server/named_row.h"
#include "server/template_cache.h"
#include "server/text_rules.h"
#include "server/trigger_url.h"
#include "server/vim_handlers.h"
#include "server/vnfd_handlers.h"
#include "store/vim_table.h"
#include "store/vnf_table.h"
#include "tosca/vnfd.h"

namespace gregale::server {
namespace {

using base::Json;

// The form in which monitoring policies are shown: {"vdus": {VDU: {driver: policy}}}; "" where
// nothing is monitored.
std::string MonitoringPolicyText(const tosca::Vnfd& vnfd) {
  Json vdus = Json::object();
  for (const tosca::Vdu& vdu : vnfd.vdus) {
    if (vdu.monitoring_policy.is_null()) continue;
    Json policy = vdu.monitoring_policy;
    policy["monitoring_params"] = policy.value("parameters", Json::object());
    const std::string driver = policy["name"].get<std::string>();
    vdus[vdu.name][driver] = std::move(policy);
  }
  return vdus.empty() ? "" : base::DumpJson(Json{{"vdus", std::move(vdus)}});
}

constexpr size_t kInlineNameChars = 16;

std::string InlineName(std::string_view vnf_name, base::Random& random) {
  static constexpr std::string_view kAlphabet = "abcdefghijklmnopqrstuvwxyz0123456789";
  std::string name = "inline-";
  for (size_t i = 0; i < kInlineNameChars; ++i) {
    name.push_back(kAlphabet[random.Below(kAlphabet.size())]);
  }
  return base::Cat(name, "-", vnf_name);
}

// A VNF's descriptor: the one it names, or one kept from the template it brings.
struct Descriptor {
  store::Vnfd row;
  std::shared_ptr<const Template> parsed;
};

absl::StatusOr<Descriptor> NamedDescriptor(store::Txn& txn, const Caller& caller,
                                           const NewVnf& request, const Json& param_values,
                                           TemplateCache& templates) {
  Descriptor out;
  GREGALE_ASSIGN_OR_RETURN(out.row, FindVnfd(txn, caller, request.vnfd));
  GREGALE_ASSIGN_OR_RETURN(out.parsed, templates.Get(out.row.template_yaml, param_values));
  return out;
}

absl::StatusOr<Descriptor> InlineDescriptor(store::Txn& txn, const store::Vnf& vnf,
                                            const NewVnf& request, const Json& param_values,
                                            HandlerContext& context) {
  GREGALE_ASSIGN_OR_RETURN(
      Template read, ReadTemplate(request.vnfd_template, param_values, tosca::RequireInputs::kYes));
  Descriptor out;
  out.row.id = base::NewUuid(context.random);
  out.row.tenant_id = vnf.tenant_id;
  out.row.name = InlineName(vnf.name, context.random);
  out.row.description = read.vnfd.description;
  out.row.template_source = "inline";
  out.parsed = std::make_shared<const Template>(std::move(read));
  GREGALE_ASSIGN_OR_RETURN(out.row, KeepVnfd(txn, std::move(out.row), request.vnfd_template));
  return out;
}

absl::StatusOr<store::Vim> ChooseVim(store::Txn& txn, const Caller& caller, const NewVnf& request,
                                     const std::string& tenant_id) {
  if (!request.vim.empty()) return FindVim(txn, caller, request.vim);
  absl::StatusOr<store::Vim> vim = store::GetDefaultVim(txn, tenant_id);
  const bool is_hidden = vim.ok() && !caller.MaySee(vim->tenant_id);
  if (is_hidden || absl::IsNotFound(vim.status())) return VimDefaultNotDefined();
  return vim;
}

// Region and VIM, as the VNF's row keeps them. A VIM that lists no regions has any.
absl::StatusOr<Json> PlaceIn(const store::Vim& vim, const std::string& region) {
  Json placement = Json::object();
  if (!region.empty()) {
    GREGALE_ASSIGN_OR_RETURN(const Json attr, base::ParseJson(vim.placement_attr));
    const Json regions = attr.value("regions", Json::array());
    if (!regions.empty() && std::find(regions.begin(), regions.end(), region) == regions.end()) {
      return VimRegionNotFound(region);
    }
    placement["region_name"] = region;
  }
  placement["vim_name"] = vim.name;
  return placement;
}

absl::Status SetAttributes(const Template& parsed, const Json& param_values, const Json& config,
                           store::Vnf& vnf) {
  Json groups = Json::object();
  for (const auto& scaled : parsed.policies.scaling) groups[scaled.name] = scaled.name + "_group";
  if (!groups.empty()) vnf.attributes["scaling_group_names"] = base::DumpJson(groups);
  const std::string policy = MonitoringPolicyText(parsed.vnfd);
  if (!policy.empty()) vnf.attributes["monitoring_policy"] = policy;
  if (!param_values.is_null()) vnf.attributes["param_values"] = base::DumpYaml(param_values);
  if (!config.is_null()) vnf.attributes["config"] = base::DumpYaml(config);
  for (const auto& [name, text] : vnf.attributes) {
    if (text.size() <= base::kYamlBytesMax) continue;
    return InvalidAttribute(base::Cat("attributes.", name),
                            base::Cat("it is larger than ", base::kYamlBytesMax, " bytes"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<store::Vnf> CreateVnf(store::Txn& txn, const Caller& caller, const NewVnf& request,
                                     HandlerContext& context) {
  GREGALE_RETURN_IF_ERROR(CheckName(request.name));
  const bool brings_template = !request.vnfd_template.is_null();
  if (brings_template != request.vnfd.empty()) {
    return brings_template ? BadRequest("Both vnfd_id and vnfd_template are specified")
                           : RequiredAttribute("vnfd_id");
  }
  GREGALE_ASSIGN_OR_RETURN(const Json param_values,
                           ReadYamlObject(request.param_values, "param_values"));
  GREGALE_ASSIGN_OR_RETURN(const Json config, ReadYamlObject(request.config, "config"));
  store::Vnf vnf;
  GREGALE_ASSIGN_OR_RETURN(vnf.tenant_id, OwnerOf(caller, request.tenant_id));
  GREGALE_ASSIGN_OR_RETURN(const store::Vim vim, ChooseVim(txn, caller, request, vnf.tenant_id));
  // Its rows lie together in the indexes with those of its time.
  vnf.id = base::NewOrderedUuid(context.random, txn.now());
  vnf.name = request.name;
  GREGALE_ASSIGN_OR_RETURN(
      const Descriptor descriptor,
      brings_template ? InlineDescriptor(txn, vnf, request, param_values, context)
                      : NamedDescriptor(txn, caller, request, param_values, context.templates));
  vnf.description = descriptor.row.description;
  vnf.vnfd_id = descriptor.row.id;
  vnf.vim_id = vim.id;
  vnf.instance_id = base::NewUuid(context.random);
  GREGALE_ASSIGN_OR_RETURN(const Json placement, PlaceIn(vim, request.region));
  vnf.placement_attr = base::DumpJson(placement);
  vnf.created_at = txn.now();
  const policies::VnfdPolicies& policies = descriptor.parsed->policies;
  GREGALE_RETURN_IF_ERROR(SetAttributes(*descriptor.parsed, param_values, config, vnf));
  SetTriggerUrls(policies.triggers, context.public_url, context.random, vnf);
  const absl::Status inserted = store::InsertVnf(txn, vnf);
  if (absl::IsAlreadyExists(inserted)) return DuplicateName("vnf");
  GREGALE_RETURN_IF_ERROR(inserted);
  GREGALE_RETURN_IF_ERROR(
      lifecycle::AddVnfEvent(txn, vnf, lifecycle::kCreateEvent, "VNF UUID assigned."));
  for (const policies::Trigger& trigger : policies.triggers) {
    // Not the URL: its key is for those who may see the VNF.
    GREGALE_RETURN_IF_ERROR(
        lifecycle::AddVnfEvent(txn, vnf, lifecycle::kMonitorEvent,
                               base::Cat("Alarm URL set successfully: ", trigger.name)));
  }
  GREGALE_RETURN_IF_ERROR(
      lifecycle::LeaveOperation(txn, lifecycle::kCreateKind, vnf.id, {},
                                {.operation_id = base::NewOrderedUuid(context.random, txn.now()),
                                 .key = base::Cat("create:", vnf.id)}));
  return vnf;
}

absl::StatusOr<store::Vnf> FindVnf(store::Txn& txn, const Caller& caller, std::string_view id) {
  static constexpr RowReader<store::Vnf> kReader = {"vnf", store::GetVnf, store::ListVnfs,
                                                    VnfNotFound};
  return FindRow(txn, caller, id, kReader);
}

absl::StatusOr<std::vector<store::Vnf>> ListVnfs(store::Txn& txn, const Caller& caller,
                                                 const store::ListQuery& query) {
  return store::ListVnfs(txn, VisibleTo(caller, query));
}

absl::StatusOr<std::vector<store::VnfResource>> ListVnfResources(store::Txn& txn,
                                                                 const Caller& caller,
                                                                 std::string_view id) {
  GREGALE_ASSIGN_OR_RETURN(const store::Vnf vnf, FindVnf(txn, caller, id));
  if (vnf.status != store::VnfStatus::kActive) return VnfInactive(vnf.id);
  return store::ListVnfResources(txn, vnf.id);
}

}  // namespace gregale::server
