#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/path_match.h"

// Which call a method and a path mean. Pure: one table.
namespace gregale::server {

enum class Call {
  kListVersions,
  kGetHealth,
  kGetReadiness,
  kGetOpenApi,
  kListExtensions,
  kGetExtension,
  kCreateVim,
  kListVims,
  kGetVim,
  kChangeVim,
  kDeleteVim,
  kCreateVnfd,
  kListVnfds,
  kGetVnfd,
  kChangeVnfd,
  kDeleteVnfd,
  kCreateVnf,
  kListVnfs,
  kGetVnf,
  kChangeVnf,
  kDeleteVnf,
  kActOnVnf,
  kListVnfResources,
  kFireTrigger,
  kFireTriggerByUrl,
  kListEvents,
  kGetEvent,
  kListIdentityVersions,
  kGetIdentityVersion,
  kIssueToken,
  kShowToken,
  kRevokeToken,
  kShowCatalog,
};

// Who may make a call.
enum class Access {
  kProject,   // somebody known: what is another project's does not exist for the caller
  kOpen,      // anybody: nothing of a project is in the answer
  kKey,       // who knows the URL: a part of it is a secret that the handler checks
  kIdentity,  // anybody: to become known; answered in Keystone's dialect
};

struct Route {
  std::string_view method;
  std::string_view path;  // "{}" stands for one segment: the id, and what more the call needs
  Call call;
  Access access = Access::kProject;
};

std::span<const Route> Routes();

// The path means a call with this method. `id` is the segment at the first "{}".
struct Matched {
  Call call;
  Access access;
  std::string id;
  std::vector<std::string> further;  // the segments at the other "{}"
};

using RouteResult = std::variant<Matched, WrongMethod, NoRoute>;

// `segments` as ParseHttpTarget gives them. Below /v1.0 a last segment may end in ".json", as the
// client writes it. HEAD is matched as GET.
RouteResult MatchRoute(std::string_view method, const std::vector<std::string>& segments);

}  // namespace gregale::server
