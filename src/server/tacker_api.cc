#include "server/tacker_api.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "server/errors.h"
#include "server/event_handlers.h"
#include "server/identity_error.h"
#include "server/openapi.h"
#include "server/rest_edge.h"
#include "server/router.h"
#include "server/tacker_error.h"
#include "server/tacker_list.h"
#include "server/tacker_reply.h"
#include "server/tacker_request.h"
#include "server/transaction.h"
#include "server/trigger_body.h"
#include "server/trigger_handlers.h"
#include "server/vim_handlers.h"
#include "server/vnf_actions.h"
#include "server/vnf_handlers.h"
#include "server/vnfd_handlers.h"

namespace gregale::server {
namespace {

using base::Json;

// One request on its way to a handler.
struct Exchange {
  const HttpRequest& http;
  const std::string& id;
  const std::vector<std::string>& further;  // parts of the path
  const Caller& caller;
  store::Store& store;
  HandlerContext& handlers;
};

using Answer = absl::StatusOr<HttpResponse>;

// {"vnf": {...}}, with the fields asked for.
HttpResponse ObjectAnswer(const Exchange& x, int status, const char* name, const Json& object) {
  return JsonAnswer(status, {{name, KeepFields(object, FieldsOf(x.http.target))}});
}

template <class Row>
Answer ListRows(const Exchange& x, const Collection& collection,
                absl::StatusOr<std::vector<Row>> (*list)(store::Txn&, const Caller&,
                                                         const store::ListQuery&),
                Json (*show)(const Row&)) {
  GREGALE_ASSIGN_OR_RETURN(const ListRequest request,
                           ReadListRequest(x.http.target, collection, x.caller));
  std::vector<Row> rows;
  if (!request.matches_nothing) {
    GREGALE_ASSIGN_OR_RETURN(rows, ReadFrom(x.store, [&](store::Txn& txn) {
                               return list(txn, x.caller, request.query);
                             }));
  }
  std::vector<Json> shown;
  for (const Row& row : rows) shown.push_back(show(row));
  return JsonAnswer(200, ShowPage(collection, request, shown, x.http));
}

template <class Row>
Answer GetRow(const Exchange& x, const char* name,
              absl::StatusOr<Row> (*find)(store::Txn&, const Caller&, std::string_view),
              Json (*show)(const Row&)) {
  GREGALE_ASSIGN_OR_RETURN(
      const Row row, ReadFrom(x.store, [&](store::Txn& txn) { return find(txn, x.caller, x.id); }));
  return ObjectAnswer(x, 200, name, show(row));
}

Answer DeleteRow(const Exchange& x,
                 absl::Status (*remove)(store::Txn&, const Caller&, std::string_view)) {
  GREGALE_RETURN_IF_ERROR(
      x.store.Write([&](store::Txn& txn) { return remove(txn, x.caller, x.id); }));
  return HttpResponse{.status = 204};
}

Answer GetReadiness(const Exchange& x) {
  GREGALE_RETURN_IF_ERROR(x.store.Ping());
  return JsonAnswer(200, {{"status", "ready"}});
}

Answer GetOpenApi() {
  static const std::string kText = base::DumpJson(OpenApiDocument());
  return HttpResponse{.body = kText};
}

Answer GetExtension(const Exchange& x) {
  for (const Json& extension : ShowExtensions()) {
    if (extension["alias"] == x.id) return ObjectAnswer(x, 200, "extension", extension);
  }
  return absl::NotFoundError(base::Cat("Extension with alias ", x.id, " does not exist"));
}

Answer CreateVim(const Exchange& x) {
  GREGALE_ASSIGN_OR_RETURN(const NewVim request, ReadNewVim(x.http.body));
  GREGALE_ASSIGN_OR_RETURN(const store::Vim vim, WriteTo(x.store, [&](store::Txn& txn) {
                             return CreateVim(txn, x.caller, request, x.handlers);
                           }));
  return ObjectAnswer(x, 201, "vim", ShowVim(vim));
}

Answer ChangeVim(const Exchange& x) {
  GREGALE_ASSIGN_OR_RETURN(const VimChange change, ReadVimChange(x.http.body));
  GREGALE_ASSIGN_OR_RETURN(const store::Vim vim, WriteTo(x.store, [&](store::Txn& txn) {
                             return ChangeVim(txn, x.caller, x.id, change, x.handlers);
                           }));
  return ObjectAnswer(x, 200, "vim", ShowVim(vim));
}

Answer CreateVnfd(const Exchange& x) {
  GREGALE_ASSIGN_OR_RETURN(const NewVnfd request, ReadNewVnfd(x.http.body));
  GREGALE_ASSIGN_OR_RETURN(const store::Vnfd vnfd, WriteTo(x.store, [&](store::Txn& txn) {
                             return CreateVnfd(txn, x.caller, request, x.handlers);
                           }));
  return ObjectAnswer(x, 201, "vnfd", ShowVnfd(vnfd));
}

Answer ChangeVnfd(const Exchange& x) {
  GREGALE_ASSIGN_OR_RETURN(const VnfdChange change, ReadVnfdChange(x.http.body));
  GREGALE_ASSIGN_OR_RETURN(const store::Vnfd vnfd, WriteTo(x.store, [&](store::Txn& txn) {
                             return ChangeVnfd(txn, x.caller, x.id, change);
                           }));
  return ObjectAnswer(x, 200, "vnfd", ShowVnfd(vnfd));
}

Answer CreateVnf(const Exchange& x) {
  GREGALE_ASSIGN_OR_RETURN(const NewVnf request, ReadNewVnf(x.http.body));
  GREGALE_ASSIGN_OR_RETURN(const store::Vnf vnf, WriteTo(x.store, [&](store::Txn& txn) {
                             return CreateVnf(txn, x.caller, request, x.handlers);
                           }));
  return ObjectAnswer(x, 201, "vnf", ShowVnf(vnf));
}

Answer DeleteVnf(const Exchange& x) {
  VnfDeletion request = {.id = x.id};
  GREGALE_ASSIGN_OR_RETURN(request.force, ReadForce(x.http.body));
  GREGALE_RETURN_IF_ERROR(x.store.Write(
      [&](store::Txn& txn) { return DeleteVnf(txn, x.caller, request, x.handlers); }));
  return HttpResponse{.status = 204};
}

Answer ChangeVnf(const Exchange& x) {
  GREGALE_ASSIGN_OR_RETURN(VnfChange change, ReadVnfChange(x.http.body));
  change.id = x.id;
  GREGALE_ASSIGN_OR_RETURN(const store::Vnf vnf, WriteTo(x.store, [&](store::Txn& txn) {
                             return ChangeVnf(txn, x.caller, change, x.handlers);
                           }));
  return ObjectAnswer(x, 200, "vnf", ShowVnf(vnf));
}

Answer ActOnVnf(const Exchange& x) {
  GREGALE_ASSIGN_OR_RETURN(ActionRequest request, ReadAction(x.http.body));
  const VnfAction action = {.id = x.id, .request = std::move(request)};
  GREGALE_ASSIGN_OR_RETURN(const ActionResult result, WriteTo(x.store, [&](store::Txn& txn) {
                             return ActOnVnf(txn, x.caller, action, x.handlers);
                           }));
  GREGALE_RETURN_IF_ERROR(result.refused);
  return JsonAnswer(201, ShowAction(action.request));
}

Answer FireTrigger(const Exchange& x) {
  GREGALE_ASSIGN_OR_RETURN(const TriggerRequest request, ReadTrigger(x.http.body, x.id));
  GREGALE_ASSIGN_OR_RETURN(const TriggerOutcome outcome, WriteTo(x.store, [&](store::Txn& txn) {
                             return FireTrigger(txn, x.caller, request, x.handlers);
                           }));
  return JsonAnswer(201, ShowTrigger(request.trigger, request.actions, outcome));
}

Answer FireTriggerByUrl(const Exchange& x) {
  const TriggerAddress address = {
      .vnf_id = x.id, .trigger = x.further[0], .actions = x.further[1], .key = x.further[2]};
  GREGALE_ASSIGN_OR_RETURN(const std::vector<Alarm> alarms, ReadAlarms(x.http.body, x.id));
  GREGALE_ASSIGN_OR_RETURN(const TriggerOutcome outcome, WriteTo(x.store, [&](store::Txn& txn) {
                             return FireTriggerByUrl(txn, address, alarms, x.handlers);
                           }));
  return JsonAnswer(201, ShowTrigger(address.trigger, address.actions, outcome));
}

Answer ListResources(const Exchange& x) {
  GREGALE_ASSIGN_OR_RETURN(
      const std::vector<store::VnfResource> resources,
      ReadFrom(x.store, [&](store::Txn& txn) { return ListVnfResources(txn, x.caller, x.id); }));
  Json list = Json::array();
  for (const store::VnfResource& resource : resources) list.push_back(ShowVnfResource(resource));
  return JsonAnswer(200, {{"resources", std::move(list)}});
}

Answer Dispatch(Call call, const Exchange& x) {
  switch (call) {
    case Call::kListVersions:
      return JsonAnswer(200, ShowVersions(x.http.host));
    case Call::kGetHealth:
      return JsonAnswer(200, {{"status", "ok"}});
    case Call::kGetReadiness:
      return GetReadiness(x);
    case Call::kGetOpenApi:
      return GetOpenApi();
    case Call::kListExtensions:
      return JsonAnswer(200, {{"extensions", ShowExtensions()}});
    case Call::kGetExtension:
      return GetExtension(x);
    case Call::kListVims:
      return ListRows(x, kVimCollection, ListVims, ShowVim);
    case Call::kCreateVim:
      return CreateVim(x);
    case Call::kGetVim:
      return GetRow(x, "vim", FindVim, ShowVim);
    case Call::kChangeVim:
      return ChangeVim(x);
    case Call::kDeleteVim:
      return DeleteRow(x, DeleteVim);
    case Call::kListVnfds:
      return ListRows(x, kVnfdCollection, ListVnfds, ShowVnfd);
    case Call::kCreateVnfd:
      return CreateVnfd(x);
    case Call::kGetVnfd:
      return GetRow(x, "vnfd", FindVnfd, ShowVnfd);
    case Call::kChangeVnfd:
      return ChangeVnfd(x);
    case Call::kDeleteVnfd:
      return DeleteRow(x, DeleteVnfd);
    case Call::kListVnfs:
      return ListRows(x, kVnfCollection, ListVnfs, ShowVnf);
    case Call::kCreateVnf:
      return CreateVnf(x);
    case Call::kGetVnf:
      return GetRow(x, "vnf", FindVnf, ShowVnf);
    case Call::kChangeVnf:
      return ChangeVnf(x);
    case Call::kActOnVnf:
      return ActOnVnf(x);
    case Call::kDeleteVnf:
      return DeleteVnf(x);
    case Call::kFireTrigger:
      return FireTrigger(x);
    case Call::kFireTriggerByUrl:
      return FireTriggerByUrl(x);
    case Call::kListVnfResources:
      return ListResources(x);
    case Call::kListEvents:
      return ListRows(x, kEventCollection, ListEvents, ShowEvent);
    case Call::kGetEvent:
      return GetRow(x, "event", FindEvent, ShowEvent);
    case Call::kListIdentityVersions:
    case Call::kGetIdentityVersion:
    case Call::kIssueToken:
    case Call::kShowToken:
    case Call::kRevokeToken:
    case Call::kShowCatalog:
      break;  // Access::kIdentity: never asked for here
  }
  return absl::InternalError("a route without a handler");
}

HttpResponse NotAllowed(const HttpRequest& request, const std::string& allow) {
  if (request.method == "OPTIONS") return {.status = 204, .headers = {{"Allow", allow}}};
  HttpResponse response = TackerError(MethodNotAllowed(request.method));
  response.headers.emplace_back("Allow", allow);
  return response;
}

}  // namespace

HttpResponse TackerApi::Handle(const HttpRequest& request) {
  if (const absl::Status host = CheckHost(request, options_.hosts); !host.ok()) {
    return TackerError(host);
  }
  const RouteResult route = MatchRoute(request.method, request.target.segments);
  if (const auto* wrong = std::get_if<WrongMethod>(&route)) {
    return NotAllowed(request, wrong->allow);
  }
  const auto* matched = std::get_if<Matched>(&route);
  if (matched == nullptr) {
    return TackerError(PathNotFound());
  }
  if (const absl::Status type = CheckContentType(request, BodyKind::kJson); !type.ok()) {
    return TackerError(type);
  }
  if (matched->access == Access::kIdentity) {
    return options_.identity != nullptr ? options_.identity->Handle(matched->call, request)
                                        : TackerError(PathNotFound());
  }
  absl::StatusOr<Caller> caller = Caller();
  if (matched->access == Access::kProject) {
    caller = options_.authenticator.Authenticate(request.auth_token);
  }
  if (absl::IsUnauthenticated(caller.status())) return Unauthorized();
  if (!caller.ok()) return TackerError(caller.status());
  HandlerContext handlers = options_.handlers;
  if (handlers.public_url.empty()) handlers.public_url = base::Cat("http://", request.host);
  const Exchange exchange = {.http = request,
                             .id = matched->id,
                             .further = matched->further,
                             .caller = *caller,
                             .store = options_.store,
                             .handlers = handlers};
  absl::StatusOr<HttpResponse> answer = Dispatch(matched->call, exchange);
  return answer.ok() ? *std::move(answer) : TackerError(answer.status());
}

}  // namespace gregale::server
