#include "server/vnfd_handlers.h"

#include <utility>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/yaml.h"
#include "policies/vnfd_policies.h"
#include "server/errors.h"
#include "server/named_row.h"
#include "server/text_rules.h"
#include "store/event_table.h"
#include "store/vnf_table.h"
#include "store/vnfd_table.h"

namespace gregale::server {
namespace {

using base::Json;

absl::Status AddEvent(store::Txn& txn, const store::Vnfd& vnfd, std::string_view state,
                      std::string_view type) {
  return store::InsertEvent(txn, {.tenant_id = vnfd.tenant_id,
                                  .resource_id = vnfd.id,
                                  .resource_type = "vnfd",
                                  .resource_state = std::string(state),
                                  .event_type = std::string(type)});
}

// In the words of the REST API; what is wrong with param_values keeps its kind.
absl::Status RefusedByParser(const absl::Status& status) {
  const std::string kind = base::ErrorKind(status);
  if (kind == "InputValuesMissing") return status;
  const std::string_view reason = base::FromAbsl(status.message());
  if (kind == "InvalidInput") return InvalidParameter(base::ErrorField(status), reason);
  return TemplateRefused(reason);
}

}  // namespace

base::YamlOptions TemplateYaml() {
  base::YamlOptions options;
  options.allow_duplicate_keys = true;
  return options;
}

absl::StatusOr<Template> ReadTemplate(const Json& vnfd_template, const Json& param_values,
                                      tosca::RequireInputs require) {
  if (!vnfd_template.is_object()) return TemplateRefused("it is no map");
  if (!vnfd_template.contains("tosca_definitions_version")) return TemplateVersionMissing();
  absl::StatusOr<tosca::Vnfd> vnfd = tosca::ParseVnfd(vnfd_template, param_values, require);
  if (!vnfd.ok()) return RefusedByParser(vnfd.status());
  absl::StatusOr<policies::VnfdPolicies> policies = policies::ReadVnfdPolicies(*vnfd);
  if (!policies.ok()) {
    return TemplateRefused(
        base::Cat(base::ErrorField(policies.status()), ": ", policies.status().message()));
  }
  return Template{.vnfd = *std::move(vnfd), .policies = *std::move(policies)};
}

absl::StatusOr<store::Vnfd> KeepVnfd(store::Txn& txn, store::Vnfd vnfd, const Json& vnfd_template) {
  vnfd.template_yaml = base::DumpYaml(vnfd_template);
  vnfd.created_at = txn.now();
  if (vnfd.template_yaml.size() > base::kYamlBytesMax) {
    return TemplateRefused(base::Cat("it is larger than ", base::kYamlBytesMax, " bytes"));
  }
  const absl::Status inserted = store::InsertVnfd(txn, vnfd);
  if (absl::IsAlreadyExists(inserted)) return DuplicateName("vnfd");
  GREGALE_RETURN_IF_ERROR(inserted);
  GREGALE_RETURN_IF_ERROR(AddEvent(txn, vnfd, "OnBoarded", "CREATE"));
  return vnfd;
}

absl::StatusOr<store::Vnfd> CreateVnfd(store::Txn& txn, const Caller& caller,
                                       const NewVnfd& request, HandlerContext& context) {
  GREGALE_ASSIGN_OR_RETURN(const Template read, ReadTemplate(request.vnfd_template, Json::object(),
                                                             tosca::RequireInputs::kNo));
  const tosca::Vnfd& parsed = read.vnfd;
  store::Vnfd vnfd;
  GREGALE_ASSIGN_OR_RETURN(vnfd.tenant_id, OwnerOf(caller, request.tenant_id));
  vnfd.id = base::NewUuid(context.random);
  vnfd.name = request.name.empty() ? parsed.template_name : request.name;
  vnfd.description = request.description.empty() ? parsed.description : request.description;
  vnfd.template_source = "onboarded";
  if (vnfd.name.empty()) return RequiredAttribute("name");
  GREGALE_RETURN_IF_ERROR(CheckName(vnfd.name));
  GREGALE_RETURN_IF_ERROR(CheckDescription(vnfd.description));
  return KeepVnfd(txn, std::move(vnfd), request.vnfd_template);
}

absl::StatusOr<store::Vnfd> FindVnfd(store::Txn& txn, const Caller& caller, std::string_view id) {
  static constexpr RowReader<store::Vnfd> kReader = {"vnfd", store::GetVnfd, store::ListVnfds,
                                                     VnfdNotFound};
  return FindRow(txn, caller, id, kReader);
}

absl::StatusOr<std::vector<store::Vnfd>> ListVnfds(store::Txn& txn, const Caller& caller,
                                                   const store::ListQuery& query) {
  return store::ListVnfds(txn, VisibleTo(caller, query));
}

absl::StatusOr<store::Vnfd> ChangeVnfd(store::Txn& txn, const Caller& caller, std::string_view id,
                                       const VnfdChange& change) {
  GREGALE_RETURN_IF_ERROR(CheckDescription(change.description.value_or("")));
  if (change.name.has_value()) GREGALE_RETURN_IF_ERROR(CheckName(*change.name));
  GREGALE_ASSIGN_OR_RETURN(store::Vnfd vnfd, FindVnfd(txn, caller, id));
  vnfd.name = change.name.value_or(vnfd.name);
  vnfd.description = change.description.value_or(vnfd.description);
  const absl::Status updated = store::UpdateVnfd(txn, vnfd);
  if (absl::IsAlreadyExists(updated)) return DuplicateName("vnfd");
  GREGALE_RETURN_IF_ERROR(updated);
  GREGALE_RETURN_IF_ERROR(AddEvent(txn, vnfd, "Not Applicable", "UPDATE"));
  return vnfd;
}

absl::Status DeleteVnfd(store::Txn& txn, const Caller& caller, std::string_view id) {
  GREGALE_ASSIGN_OR_RETURN(const store::Vnfd vnfd, FindVnfd(txn, caller, id));
  GREGALE_ASSIGN_OR_RETURN(const std::vector<store::Vnf> users,
                           store::ListVnfs(txn, {.equals = {{"vnfd_id", {vnfd.id}}}, .limit = 1}));
  if (!users.empty()) return VnfdInUse(vnfd.id);
  GREGALE_RETURN_IF_ERROR(store::DeleteVnfd(txn, vnfd.id));
  return AddEvent(txn, vnfd, "Not Applicable", "DELETE");
}

}  // namespace gregale::server
