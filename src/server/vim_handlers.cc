#include "server/vim_handlers.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/match.h"
#include "base/error.h"
#include "base/labels.h"
#include "base/text.h"
#include "server/errors.h"
#include "server/named_row.h"
#include "server/text_rules.h"
#include "store/event_table.h"
#include "store/vim_table.h"
#include "store/vnf_table.h"

namespace gregale::server {
namespace {

using base::Json;

constexpr std::array<std::string_view, 3> kVimTypes = {"openstack", "kubernetes", "local"};
constexpr std::array<std::string_view, 4> kSecretKeys = {"password", "bearer_token",
                                                         "client_secret", "ssl_ca_cert"};
constexpr size_t kUrlCharsMax = 2048;
constexpr std::string_view kMask = "***";

// Scheme and host, as the client demands them.
bool IsUrl(std::string_view url) {
  if (!base::TakePrefix(url, "http://") && !base::TakePrefix(url, "https://")) return false;
  return !url.empty() && url[0] != '/' && url[0] != ':';
}

std::string AuthUrl(const NewVim& request) {
  std::string_view url = request.auth_url;
  base::TakeSuffix(url, "/");
  const bool is_versioned = url.ends_with("/v3") || url.ends_with("/v2.0");
  if (request.type != "openstack" || is_versioned) return request.auth_url;
  return base::Cat(url, "/v3");
}

// Splits credentials into what may be shown and what is sealed.
void SetCredentials(const Json& auth_cred, const HandlerContext& context, store::Vim& vim) {
  Json shown = Json::object();
  Json secrets = Json::object();
  for (const auto& [key, value] : auth_cred.items()) {
    const bool is_secret =
        std::find(kSecretKeys.begin(), kSecretKeys.end(), key) != kSecretKeys.end();
    if (is_secret) secrets[key] = value;
    shown[key] = is_secret ? Json(kMask) : value;
  }
  vim.auth_cred = base::DumpJson(shown);
  vim.sealed_secrets = secrets.empty() ? "" : context.secrets.Seal(base::DumpJson(secrets));
}

// The credentials of a VIM with what a change says about them. A mask that comes back is no new
// secret.
absl::StatusOr<Json> MergedCredentials(const store::Vim& vim, const Json& change,
                                       const HandlerContext& context) {
  GREGALE_ASSIGN_OR_RETURN(Json merged, base::ParseJson(vim.auth_cred));
  if (!vim.sealed_secrets.empty()) {
    GREGALE_ASSIGN_OR_RETURN(const std::string opened, context.secrets.Open(vim.sealed_secrets));
    GREGALE_ASSIGN_OR_RETURN(const Json secrets, base::ParseJson(opened));
    merged.update(secrets);
  }
  for (const auto& [key, value] : change.items()) {
    if (value != kMask) merged[key] = value;
  }
  return merged;
}

// The default VIM of this very project. kNotFound.
absl::StatusOr<store::Vim> DefaultVimOf(store::Txn& txn, const std::string& tenant_id) {
  GREGALE_ASSIGN_OR_RETURN(store::Vim vim, store::GetDefaultVim(txn, tenant_id));
  if (vim.tenant_id != tenant_id) return absl::NotFoundError("another project's");
  return vim;
}

absl::Status RefuseSecondDefault(store::Txn& txn, const std::string& tenant_id) {
  const absl::StatusOr<store::Vim> other = DefaultVimOf(txn, tenant_id);
  if (other.ok()) return VimDefaultDuplicate(other->id);
  return absl::IsNotFound(other.status()) ? absl::OkStatus() : other.status();
}

absl::Status AddEvent(store::Txn& txn, const store::Vim& vim, std::string_view state,
                      std::string_view type) {
  return store::InsertEvent(txn, {.tenant_id = vim.tenant_id,
                                  .resource_id = vim.id,
                                  .resource_type = "vim",
                                  .resource_state = std::string(state),
                                  .event_type = std::string(type)});
}

absl::Status CheckNewVim(const NewVim& request) {
  GREGALE_RETURN_IF_ERROR(CheckName(request.name));
  GREGALE_RETURN_IF_ERROR(CheckDescription(request.description));
  GREGALE_RETURN_IF_ERROR(CheckText("auth_url", request.auth_url, kUrlCharsMax));
  if (std::find(kVimTypes.begin(), kVimTypes.end(), request.type) == kVimTypes.end()) {
    return UnsupportedVimType(Shortened(request.type));
  }
  if (!IsUrl(request.auth_url)) {
    return InvalidAttribute("auth_url", base::Cat("'", Shortened(request.auth_url),
                                                  "' is not a URL with scheme and host"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<store::Vim> CreateVim(store::Txn& txn, const Caller& caller, const NewVim& request,
                                     HandlerContext& context) {
  GREGALE_RETURN_IF_ERROR(CheckNewVim(request));
  // It runs things on a conductor's own machine.
  if (request.type == "local" && !caller.is_admin) return AdminRequired();
  store::Vim vim;
  GREGALE_ASSIGN_OR_RETURN(vim.tenant_id, OwnerOf(caller, request.tenant_id));
  if (request.is_default) GREGALE_RETURN_IF_ERROR(RefuseSecondDefault(txn, vim.tenant_id));
  vim.id = base::NewUuid(context.random);
  vim.name = request.name;
  vim.description = request.description;
  vim.type = request.type;
  vim.auth_url = AuthUrl(request);
  SetCredentials(request.auth_cred, context, vim);
  vim.vim_project = base::DumpJson(request.vim_project);
  Json placement = {{"regions", request.regions}};
  const auto affinity = base::ReadLabels(request.affinity, "placement_attr.affinity");
  if (!affinity.ok()) {
    return InvalidAttribute(base::ErrorField(affinity.status()),
                            base::FromAbsl(affinity.status().message()));
  }
  if (!affinity->empty()) placement["affinity"] = *affinity;
  vim.placement_attr = base::DumpJson(placement);
  vim.is_default = request.is_default;
  vim.status = request.type == "local" ? "REACHABLE" : "PENDING";
  vim.created_at = txn.now();
  const absl::Status inserted = store::InsertVim(txn, vim);
  if (absl::IsAlreadyExists(inserted)) return DuplicateName("vim");
  GREGALE_RETURN_IF_ERROR(inserted);
  GREGALE_RETURN_IF_ERROR(AddEvent(txn, vim, "PENDING", "CREATE"));
  if (vim.status != "PENDING") {
    GREGALE_RETURN_IF_ERROR(AddEvent(txn, vim, vim.status, "MONITOR"));
  }
  return vim;
}

absl::StatusOr<store::Vim> FindVim(store::Txn& txn, const Caller& caller, std::string_view id) {
  static constexpr RowReader<store::Vim> kReader = {"vim", store::GetVim, store::ListVims,
                                                    VimNotFound};
  return FindRow(txn, caller, id, kReader);
}

absl::StatusOr<std::vector<store::Vim>> ListVims(store::Txn& txn, const Caller& caller,
                                                 const store::ListQuery& query) {
  return store::ListVims(txn, VisibleTo(caller, query));
}

absl::StatusOr<store::Vim> ChangeVim(store::Txn& txn, const Caller& caller, std::string_view id,
                                     const VimChange& change, HandlerContext& context) {
  GREGALE_RETURN_IF_ERROR(CheckDescription(change.description.value_or("")));
  if (change.name.has_value()) GREGALE_RETURN_IF_ERROR(CheckName(*change.name));
  GREGALE_ASSIGN_OR_RETURN(store::Vim vim, FindVim(txn, caller, id));
  if (change.is_default.value_or(false) && !vim.is_default) {
    GREGALE_RETURN_IF_ERROR(RefuseSecondDefault(txn, vim.tenant_id));
  }
  vim.name = change.name.value_or(vim.name);
  vim.description = change.description.value_or(vim.description);
  vim.is_default = change.is_default.value_or(vim.is_default);
  if (change.auth_cred.has_value()) {
    GREGALE_ASSIGN_OR_RETURN(const Json credentials,
                             MergedCredentials(vim, *change.auth_cred, context));
    SetCredentials(credentials, context, vim);
  }
  if (change.vim_project.has_value()) vim.vim_project = base::DumpJson(*change.vim_project);
  vim.updated_at = txn.now();
  const absl::Status updated = store::UpdateVim(txn, vim);
  if (absl::IsAlreadyExists(updated)) return DuplicateName("vim");
  GREGALE_RETURN_IF_ERROR(updated);
  GREGALE_RETURN_IF_ERROR(AddEvent(txn, vim, vim.status, "UPDATE"));
  return vim;
}

absl::Status DeleteVim(store::Txn& txn, const Caller& caller, std::string_view id) {
  GREGALE_ASSIGN_OR_RETURN(const store::Vim vim, FindVim(txn, caller, id));
  GREGALE_ASSIGN_OR_RETURN(const std::vector<store::Vnf> users,
                           store::ListVnfs(txn, {.equals = {{"vim_id", {vim.id}}}, .limit = 1}));
  if (!users.empty()) return VimInUse(vim.id);
  GREGALE_RETURN_IF_ERROR(store::DeleteVim(txn, vim.id));
  return AddEvent(txn, vim, vim.status, "DELETE");
}

absl::Status EnsureDefaultLocalVim(store::Txn& txn, const Caller& caller, HandlerContext& context) {
  const absl::StatusOr<store::Vim> present = DefaultVimOf(txn, caller.tenant_id);
  if (present.ok() || !absl::IsNotFound(present.status())) return present.status();
  const NewVim vim0 = {.name = "VIM0",
                       .type = "local",
                       .description = "This machine",
                       .auth_url = "http://127.0.0.1/identity",
                       .is_default = true,
                       .auth_cred = {{"username", "local"}, {"user_domain_name", "Default"}},
                       .vim_project = {{"name", "local"}, {"project_domain_name", "Default"}},
                       .regions = Json::array({"RegionOne"})};
  return CreateVim(txn, caller, vim0, context).status();
}

}  // namespace gregale::server
