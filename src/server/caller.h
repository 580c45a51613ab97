#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "store/page.h"

namespace gregale::server {

// The project that is always there, and owns what is made where nobody has to say who they are.
inline constexpr std::string_view kAdminProject = "admin";

// Who asks. Passed explicitly to whatever must know.
struct Caller {
  std::string tenant_id;
  bool is_admin = false;
  std::string user_id;  // "": somebody without an account here

  // Rows of other projects do not exist for anybody but an admin.
  bool MaySee(std::string_view row_tenant_id) const {
    return is_admin || row_tenant_id == tenant_id;
  }
};

// The project that owns what is made: the caller's, or for an admin the one that the request names.
// kInvalidArgument: somebody else's.
absl::StatusOr<std::string> OwnerOf(const Caller& caller, std::string_view requested_tenant_id);

// The query without the rows that the caller must not see.
store::ListQuery VisibleTo(const Caller& caller, store::ListQuery query);

}  // namespace gregale::server
