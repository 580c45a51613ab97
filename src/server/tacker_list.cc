#include "server/tacker_list.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "base/limits.h"
#include "base/text.h"
#include "server/errors.h"
#include "server/http_head.h"
#include "server/http_text.h"

namespace gregale::server {
namespace {

using base::Json;

constexpr std::string_view kVimFilters[] = {"id", "name", "type", "status"};
constexpr std::string_view kVnfdFilters[] = {"id", "name", "template_source"};
constexpr std::string_view kVnfFilters[] = {
    "id",     "name",        "description", "vnfd_id", "vim_id", "instance_id", "mgmt_ip_address",
    "status", "error_reason"};
constexpr std::string_view kEventFilters[] = {
    "id", "resource_id", "resource_type", "resource_state", "event_type", "timestamp"};
constexpr std::string_view kIgnored[] = {"fields", "verbose", "sort_key", "sort_dir"};

template <class Range>
bool Contains(const Range& range, std::string_view text) {
  return std::find(std::begin(range), std::end(range), text) != std::end(range);
}

absl::Status ReadLimit(const std::string& text, store::ListQuery& query) {
  if (!absl::SimpleAtoi(text, &query.limit) || query.limit < 0) {
    return BadRequest(base::Cat("Limit must be an integer 0 or greater and not '", text, "'"));
  }
  return absl::OkStatus();
}

void ReadTenant(const std::string& tenant_id, const Caller& caller, ListRequest& request) {
  const bool contradicts = !request.query.tenant_id.empty() && request.query.tenant_id != tenant_id;
  if (contradicts || !caller.MaySee(tenant_id)) request.matches_nothing = true;
  request.query.tenant_id = tenant_id;
}

absl::Status ReadParameter(const std::string& key, const std::string& value,
                           const Collection& collection, const Caller& caller,
                           ListRequest& request) {
  if (value.empty() || Contains(kIgnored, key)) return absl::OkStatus();
  if (key == "limit") return ReadLimit(value, request.query);
  if (key == "marker") {
    request.query.after_id = value;
  } else if (key == "page_reverse") {
    if (Lowered(value) != "false") return BadRequest("page_reverse is not supported");
  } else if (key == "tenant_id") {
    ReadTenant(value, caller, request);
  } else if (Contains(collection.filters, key)) {
    request.query.equals[key].push_back(value);
  } else {
    request.matches_nothing = true;
  }
  return absl::OkStatus();
}

// The request's own query, going on after `marker`.
std::string NextQuery(const HttpRequest& http, const std::string& marker, int limit) {
  std::string query;
  const auto add = [&query](std::string_view key, std::string_view value) {
    base::Append(query, query.empty() ? "" : "&", EscapeQuery(key), "=", EscapeQuery(value));
  };
  for (const auto& [key, value] : http.target.query) {
    if (key != "marker" && key != "limit") add(key, value);
  }
  add("limit", base::Cat(limit));
  add("marker", marker);
  return query;
}

}  // namespace

const Collection kVimCollection = {"vims", kVimFilters};
const Collection kVnfdCollection = {"vnfds", kVnfdFilters};
const Collection kVnfCollection = {"vnfs", kVnfFilters};
const Collection kEventCollection = {"events", kEventFilters};

absl::StatusOr<ListRequest> ReadListRequest(const HttpTarget& target, const Collection& collection,
                                            const Caller& caller) {
  ListRequest request;
  request.fields = FieldsOf(target);
  for (const auto& [key, value] : target.query) {
    const absl::Status read = ReadParameter(key, value, collection, caller, request);
    if (!read.ok()) return read;
  }
  if (request.query.limit == 0) request.query.limit = base::kPageRowsMax;
  request.query.limit = std::min(request.query.limit, base::kPageRowsMax);
  // "all" is not a source but the word for none in particular.
  const auto source = request.query.equals.find("template_source");
  if (source != request.query.equals.end() && Contains(source->second, "all")) {
    request.query.equals.erase(source);
  }
  return request;
}

std::vector<std::string> FieldsOf(const HttpTarget& target) {
  std::vector<std::string> fields;
  for (const auto& [key, value] : target.query) {
    if (key == "fields" && !value.empty()) fields.push_back(value);
  }
  return fields;
}

Json KeepFields(const Json& object, const std::vector<std::string>& fields) {
  if (fields.empty()) return object;
  Json kept = Json::object();
  for (const auto& [key, value] : object.items()) {
    if (Contains(fields, key)) kept[key] = value;
  }
  return kept;
}

Json ShowPage(const Collection& collection, const ListRequest& request,
              const std::vector<Json>& rows, const HttpRequest& http) {
  const std::string name(collection.name);
  Json list = Json::array();
  for (const Json& row : rows) list.push_back(KeepFields(row, request.fields));
  Json page = {{name, std::move(list)}};
  const bool may_go_on = !rows.empty() && rows.size() >= static_cast<size_t>(request.query.limit);
  if (may_go_on) {
    const Json& id = rows.back()["id"];
    const std::string marker = id.is_string() ? id.get<std::string>() : base::DumpJson(id);
    const std::string href = base::Cat("http://", http.host, "/v1.0/", name, "?",
                                       NextQuery(http, marker, request.query.limit));
    page[name + "_links"] = Json::array({{{"rel", "next"}, {"href", href}}});
  }
  return page;
}

}  // namespace gregale::server
