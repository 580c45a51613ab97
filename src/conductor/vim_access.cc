#include "conductor/vim_access.h"

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "store/vim_table.h"

namespace gregale::conductor {
namespace {

absl::StatusOr<base::Json> ParseObject(std::string_view text) {
  if (text.empty()) return base::Json::object();
  GREGALE_ASSIGN_OR_RETURN(base::Json value, base::ParseJson(text));
  if (!value.is_object()) return absl::DataLossError("the VIM's row is damaged: no JSON object");
  return value;
}

}  // namespace

absl::StatusOr<VimAccessor::Vim> VimAccessor::Resolve(const store::Vim& row) const {
  Vim vim;
  vim.driver = drivers_.Find(row.type);
  if (vim.driver == nullptr) {
    return base::MakeError(
        absl::StatusCode::kUnimplemented, "InvalidInfraDriver",
        base::Cat("VIM type ", row.type, " is not supported as an infra driver"));
  }
  vim.access.vim_id = row.id;
  vim.access.auth_url = row.auth_url;
  GREGALE_ASSIGN_OR_RETURN(vim.access.credentials, ParseObject(row.auth_cred));
  GREGALE_ASSIGN_OR_RETURN(vim.access.project, ParseObject(row.vim_project));
  if (!row.sealed_secrets.empty()) {
    GREGALE_ASSIGN_OR_RETURN(const std::string secrets_text, box_.Open(row.sealed_secrets));
    GREGALE_ASSIGN_OR_RETURN(const base::Json secrets, ParseObject(secrets_text));
    for (const auto& [key, value] : secrets.items()) vim.access.credentials[key] = value;
  }
  return vim;
}

absl::StatusOr<VimAccessor::Vim> VimAccessor::Resolve(store::Store& store,
                                                      std::string_view vim_id) const {
  store::Vim row;
  GREGALE_RETURN_IF_ERROR(store.Read([&](store::Txn& txn) -> absl::Status {
    GREGALE_ASSIGN_OR_RETURN(row, store::GetVim(txn, vim_id));
    return absl::OkStatus();
  }));
  return Resolve(row);
}

}  // namespace gregale::conductor
