#include "server/caller.h"

#include "base/error.h"
#include "base/limits.h"
#include "server/errors.h"
#include "server/text_rules.h"

namespace gregale::server {

absl::StatusOr<std::string> OwnerOf(const Caller& caller, std::string_view requested_tenant_id) {
  if (requested_tenant_id.empty() || requested_tenant_id == caller.tenant_id) {
    return caller.tenant_id;
  }
  if (!caller.is_admin) {
    return BadRequest(
        "Specifying 'tenant_id' other than authenticated tenant in request requires admin "
        "privileges");
  }
  GREGALE_RETURN_IF_ERROR(CheckText("tenant_id", requested_tenant_id, base::kNameCharsMax));
  return std::string(requested_tenant_id);
}

store::ListQuery VisibleTo(const Caller& caller, store::ListQuery query) {
  if (!caller.is_admin) query.tenant_id = caller.tenant_id;
  return query;
}

}  // namespace gregale::server
