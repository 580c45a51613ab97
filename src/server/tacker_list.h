#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "base/json.h"
#include "server/caller.h"
#include "server/http_message.h"
#include "store/page.h"

// The query string of Tacker's v1.0 lists: filters, `fields`, pages.
namespace gregale::server {

struct Collection {
  std::string_view name;                      // "vnfs"
  std::span<const std::string_view> filters;  // its columns that can be filtered by
};

extern const Collection kVimCollection;
extern const Collection kVnfdCollection;
extern const Collection kVnfCollection;
extern const Collection kEventCollection;

struct ListRequest {
  store::ListQuery query;
  bool matches_nothing = false;  // a filter that no row can pass
  std::vector<std::string> fields;
};

// Empty values are dropped, repetitions are alternatives, a filter on what is no column matches
// nothing (Tacker would ignore it and show everything). `verbose` and sorting are ignored, as
// Tacker does.
absl::StatusOr<ListRequest> ReadListRequest(const HttpTarget& target, const Collection& collection,
                                            const Caller& caller);

// The object with nothing but the fields asked for; all of it where none are.
base::Json KeepFields(const base::Json& object, const std::vector<std::string>& fields);
// The values of `fields` in the query string.
std::vector<std::string> FieldsOf(const HttpTarget& target);

// {"vnfs": rows}, and {"vnfs_links": [{"rel": "next", ...}]} where there may be more.
base::Json ShowPage(const Collection& collection, const ListRequest& request,
                    const std::vector<base::Json>& rows, const HttpRequest& http);

}  // namespace gregale::server
