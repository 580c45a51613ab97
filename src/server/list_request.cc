#include "server/list_request.h"

#include <algorithm>

#include "base/limits.h"
#include "base/text.h"
#include "server/errors.h"
#include "server/text_rules.h"

namespace gregale::server {
namespace {

constexpr ListAttribute kVimAttributes[] = {{"id", "id"},
                                            {"name", "name"},
                                            {"tenant_id", "tenant_id"},
                                            {"description", "description"},
                                            {"type", "type"},
                                            {"auth_url", "auth_url"},
                                            {"is_default", "is_default"},
                                            {"status", "status"},
                                            {"created_at", "created_at"},
                                            {"updated_at", "updated_at"}};
constexpr ListAttribute kVnfdAttributes[] = {{"id", "id"},
                                             {"name", "name"},
                                             {"tenant_id", "tenant_id"},
                                             {"description", "description"},
                                             {"template_source", "template_source"},
                                             {"created_at", "created_at"},
                                             {"updated_at", "updated_at"}};
constexpr ListAttribute kVnfAttributes[] = {{"id", "id"},
                                            {"name", "name"},
                                            {"tenant_id", "tenant_id"},
                                            {"description", "description"},
                                            {"vnfd_id", "vnfd_id"},
                                            {"vim_id", "vim_id"},
                                            {"instance_id", "instance_id"},
                                            {"mgmt_ip_address", "mgmt_ip_address"},
                                            {"status", "status"},
                                            {"error_reason", "error_reason"},
                                            {"mistral_action_id", "mistral_action_id"},
                                            {"created_at", "created_at"},
                                            {"updated_at", "updated_at"}};
constexpr ListAttribute kEventAttributes[] = {{"id", "id"},
                                              {"resource_id", "resource_id"},
                                              {"resource_type", "resource_type"},
                                              {"resource_state", "resource_state"},
                                              {"event_type", "event_type"},
                                              {"event_details", "details"},
                                              {"timestamp", "timestamp"}};

// nullptr where the collection has none of this name.
const ListAttribute* FindAttribute(const Collection& collection, std::string_view name) {
  const auto found = std::find_if(collection.attributes.begin(), collection.attributes.end(),
                                  [&](const ListAttribute& a) { return a.name == name; });
  return found == collection.attributes.end() ? nullptr : &*found;
}

void AddTenant(const Caller& caller, const std::string& tenant_id, ListRequest& request) {
  const bool contradicts = !request.query.tenant_id.empty() && request.query.tenant_id != tenant_id;
  if (contradicts || !caller.MaySee(tenant_id)) request.matches_nothing = true;
  request.query.tenant_id = tenant_id;
}

}  // namespace

const Collection kVimCollection = {"vims", kVimAttributes};
const Collection kVnfdCollection = {"vnfds", kVnfdAttributes};
const Collection kVnfCollection = {"vnfs", kVnfAttributes};
const Collection kEventCollection = {"events", kEventAttributes};

void AddFilter(const Collection& collection, const Caller& caller, const std::string& attribute,
               const std::string& value, ListRequest& request) {
  if (attribute == "tenant_id") return AddTenant(caller, value, request);
  const ListAttribute* known = FindAttribute(collection, attribute);
  if (known == nullptr) {
    request.matches_nothing = true;
  } else {
    request.query.equals[std::string(known->column)].push_back(value);
  }
}

absl::Status AddSortKey(const Collection& collection, const std::string& attribute,
                        store::SortDirection direction, ListRequest& request) {
  const ListAttribute* known = FindAttribute(collection, attribute);
  if (known == nullptr) {
    return BadRequest(base::Cat("'", Shortened(attribute), "' is no attribute of ", collection.name,
                                " to sort by"));
  }
  if (request.query.sort.size() >= base::kSortKeysMax) {
    return BadRequest(base::Cat("More than ", base::kSortKeysMax, " keys to sort by"));
  }
  request.query.sort.push_back({.column = std::string(known->column), .direction = direction});
  return absl::OkStatus();
}

void SetPageRows(int rows, ListRequest& request) {
  request.page_rows = rows == 0 ? base::kPageRowsMax : std::min(rows, base::kPageRowsMax);
  request.query.limit = request.page_rows + 1;
}

PageBounds BoundsOf(const ListRequest& request, size_t rows_found) {
  const auto page_rows = static_cast<size_t>(request.page_rows);
  const size_t beyond = rows_found > page_rows ? rows_found - page_rows : 0;
  const bool came_from_marker = !request.query.marker.empty();
  if (request.query.side == store::PageSide::kBefore) {
    return {.first = beyond,
            .end = rows_found,
            .has_next = came_from_marker,
            .has_previous = beyond > 0};
  }
  return {.first = 0,
          .end = rows_found - beyond,
          .has_next = beyond > 0,
          .has_previous = came_from_marker};
}

}  // namespace gregale::server
