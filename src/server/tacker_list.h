#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/json.h"
#include "server/caller.h"
#include "server/http_message.h"
#include "server/list_request.h"

// The query string of Tacker's v1.0 lists: filters, `fields`, order, pages.
namespace gregale::server {

// Empty values are dropped, repetitions are alternatives; `verbose` is ignored, as Tacker does.
// `sort_key` and `sort_dir` come in pairs, or all keys without a direction.
absl::StatusOr<ListRequest> ReadListRequest(const HttpTarget& target, const Collection& collection,
                                            const Caller& caller);

// The object with nothing but the fields asked for; all of it where none are.
base::Json KeepFields(const base::Json& object, const std::vector<std::string>& fields);
// The values of `fields` in the query string.
std::vector<std::string> FieldsOf(const HttpTarget& target);

// {"vnfs": rows}, and in "vnfs_links" where the next and the previous page are, if there are such.
// `rows` is what the request's query gave.
base::Json ShowPage(const Collection& collection, const ListRequest& request,
                    const std::vector<base::Json>& rows, const HttpRequest& http);

}  // namespace gregale::server
