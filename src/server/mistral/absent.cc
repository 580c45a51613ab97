// What Mistral has and this server has not.
#include "server/mistral/mistral_error.h"
#include "server/mistral/mistral_route.h"

namespace gregale::server {
namespace {

using base::Json;

Answer ListServices(const Exchange&) {
  return MistralNotAcceptable("Service API is not supported.");
}

Answer RefuseSharing(const Exchange&) {
  return MistralBadRequest(
      "Resource sharing feature can only be supported with authentication enabled.");
}

constexpr std::string_view kListArguments =
    "marker limit sort_keys sort_dirs fields all_projects project_id";

// An empty list of what the path ends with.
Answer ListNone(const Exchange& x) {
  return JsonAnswer(200, {{x.http.target.segments.back(), Json::array()}});
}

Answer Refuse(const Exchange&) {
  return MistralForbidden("Operation forbidden (insufficient permissions)");
}

constexpr MistralRoute kRoutes[] = {
    {.method = "GET",
     .path = "v2/services",
     .handle = &ListServices,
     .id = "listServices",
     .summary = "Not supported",
     .success = 406},
    {.method = "GET",
     .path = "v2/workflows/{}/members",
     .handle = &RefuseSharing,
     .id = "listMembers",
     .summary = "Not supported",
     .success = 400},
    {.method = "POST",
     .path = "v2/workflows/{}/members",
     .handle = &RefuseSharing,
     .id = "createMember",
     .summary = "Not supported",
     .success = 400},
    {.method = "GET",
     .path = "v2/workflows/{}/members/{}",
     .handle = &RefuseSharing,
     .id = "getMember",
     .summary = "Not supported",
     .success = 400},
    {.method = "PUT",
     .path = "v2/workflows/{}/members/{}",
     .handle = &RefuseSharing,
     .id = "changeMember",
     .summary = "Not supported",
     .success = 400},
    {.method = "DELETE",
     .path = "v2/workflows/{}/members/{}",
     .handle = &RefuseSharing,
     .id = "deleteMember",
     .summary = "Not supported",
     .success = 400},
    {.method = "GET",
     .path = "v2/event_triggers",
     .handle = &ListNone,
     .id = "listEventTriggers",
     .summary = "Not supported: there are none",
     .arguments = kListArguments},
    {.method = "POST",
     .path = "v2/event_triggers",
     .handle = &Refuse,
     .id = "createEventTrigger",
     .summary = "Not supported",
     .success = 403},
    {.method = "GET",
     .path = "v2/code_sources",
     .handle = &ListNone,
     .id = "listCodeSources",
     .summary = "Not supported: there are none",
     .arguments = kListArguments},
    {.method = "POST",
     .path = "v2/code_sources",
     .handle = &Refuse,
     .id = "createCodeSource",
     .summary = "Not supported",
     .success = 403},
    {.method = "GET",
     .path = "v2/dynamic_actions",
     .handle = &ListNone,
     .id = "listDynamicActions",
     .summary = "Not supported: there are none",
     .arguments = kListArguments},
    {.method = "POST",
     .path = "v2/dynamic_actions",
     .handle = &Refuse,
     .id = "createDynamicAction",
     .summary = "Not supported",
     .success = 403},
};

}  // namespace

std::span<const MistralRoute> AbsentRoutes() { return kRoutes; }

}  // namespace gregale::server
