#include "server/vnf_actions.h"

#include <optional>

#include "base/error.h"
#include "base/limits.h"
#include "base/random.h"
#include "base/text.h"
#include "server/errors.h"
#include "server/tacker_body.h"
#include "server/text_rules.h"
#include "server/vnf_handlers.h"
#include "store/vnf_table.h"

namespace gregale::server {
namespace {

using base::Json;
using lifecycle::Direction;
using lifecycle::HealRequest;
using lifecycle::Maintenance;
using lifecycle::ScaleRequest;

lifecycle::Start NewStart(std::string_view what, const store::Vnf& vnf, HandlerContext& context) {
  const std::string id = base::NewUuid(context.random);
  return {.operation_id = id, .key = base::Cat(what, ":", vnf.id, ":", id)};
}

// Begins what is asked for; the kind of request decides how.
class Beginning {
 public:
  Beginning(store::Txn& txn, store::Vnf& vnf, HandlerContext& context)
      : txn_(txn), vnf_(vnf), context_(context) {}

  absl::Status operator()(const ScaleRequest& request) const {
    return lifecycle::BeginScale(txn_, vnf_, request, NewStart("scale", vnf_, context_));
  }
  absl::Status operator()(const HealRequest& request) const {
    return lifecycle::BeginHeal(txn_, vnf_, request, NewStart("heal", vnf_, context_));
  }
  absl::Status operator()(PauseRequest) const {
    return lifecycle::SetMaintenance(txn_, vnf_, Maintenance::kOn);
  }
  absl::Status operator()(ResumeRequest) const {
    return lifecycle::SetMaintenance(txn_, vnf_, Maintenance::kOff);
  }
  absl::Status operator()(RetryRequest) const {
    return lifecycle::BeginRetry(txn_, vnf_, NewStart("retry", vnf_, context_));
  }

 private:
  store::Txn& txn_;
  store::Vnf& vnf_;
  HandlerContext& context_;
};

absl::Status CheckMembers(const Json& object, std::string_view action,
                          std::initializer_list<std::string_view> known) {
  for (const auto& [key, value] : object.items()) {
    bool is_known = false;
    for (const std::string_view name : known) is_known = is_known || key == name;
    if (is_known) continue;
    return BadRequest(base::Cat("Unrecognized attribute(s) '", action, ".", Shortened(key), "'"));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> TextIn(const Json& object, const char* key) {
  const Json value = object.value(key, Json(""));
  if (!value.is_string()) {
    return InvalidAttribute(key, base::Cat("'", InWords(value), "' is not a valid string"));
  }
  GREGALE_RETURN_IF_ERROR(CheckText(key, value.get_ref<const std::string&>(), base::kNameCharsMax));
  return value.get<std::string>();
}

absl::StatusOr<ScaleRequest> ReadScale(const Json& scale) {
  GREGALE_RETURN_IF_ERROR(CheckMembers(scale, "scale", {"type", "policy"}));
  ScaleRequest request;
  GREGALE_ASSIGN_OR_RETURN(request.policy, TextIn(scale, "policy"));
  if (request.policy.empty()) return RequiredAttribute("policy");
  GREGALE_ASSIGN_OR_RETURN(const std::string type, TextIn(scale, "type"));
  if (type.empty()) return RequiredAttribute("type");
  if (type != "out" && type != "in") {
    return base::MakeError(absl::StatusCode::kInvalidArgument, "VnfPolicyActionInvalid",
                           base::Cat("Invalid action ", Shortened(type), " for policy ",
                                     Shortened(request.policy), ", should be one of ('out', 'in')"),
                           "type");
  }
  request.direction = type == "in" ? Direction::kIn : Direction::kOut;
  return request;
}

absl::StatusOr<HealRequest> ReadHeal(const Json& heal) {
  GREGALE_RETURN_IF_ERROR(CheckMembers(heal, "heal", {"vdu", "instance", "address", "cause"}));
  HealRequest request;
  GREGALE_ASSIGN_OR_RETURN(request.vdu, TextIn(heal, "vdu"));
  GREGALE_ASSIGN_OR_RETURN(request.address, TextIn(heal, "address"));
  GREGALE_ASSIGN_OR_RETURN(request.cause, TextIn(heal, "cause"));
  const Json instance = heal.value("instance", Json());
  if (instance.is_null()) return request;
  if (!instance.is_number_unsigned() || instance > base::kInstancesPerVduMax) {
    return InvalidAttribute(
        "instance", base::Cat("'", InWords(instance), "' is not the number of an instance"));
  }
  request.instance = instance.get<int>();
  return request;
}

template <class Request>
absl::StatusOr<ActionRequest> ReadPlain(const Json& value, const char* action) {
  GREGALE_RETURN_IF_ERROR(CheckMembers(value, action, {}));
  return ActionRequest(Request());
}

absl::StatusOr<ActionRequest> ReadMember(const std::string& name, const Json& value) {
  if (name == "scale") {
    GREGALE_ASSIGN_OR_RETURN(ScaleRequest scale, ReadScale(value));
    return ActionRequest(std::move(scale));
  }
  if (name == "heal") {
    GREGALE_ASSIGN_OR_RETURN(HealRequest heal, ReadHeal(value));
    return ActionRequest(std::move(heal));
  }
  if (name == "pause") return ReadPlain<PauseRequest>(value, "pause");
  if (name == "resume") return ReadPlain<ResumeRequest>(value, "resume");
  if (name == "retry") return ReadPlain<RetryRequest>(value, "retry");
  return BadRequest(base::Cat("Unrecognized attribute(s) '", Shortened(name), "'"));
}

// An action as the answer shows it.
struct Shown {
  Json operator()(const ScaleRequest& request) const {
    return {
        {"scale", {{"type", std::string(ToText(request.direction))}, {"policy", request.policy}}}};
  }
  Json operator()(const HealRequest& request) const {
    Json heal = Json::object();
    if (!request.vdu.empty()) heal["vdu"] = request.vdu;
    if (request.instance.has_value()) heal["instance"] = *request.instance;
    if (!request.address.empty()) heal["address"] = request.address;
    if (!request.cause.empty()) heal["cause"] = request.cause;
    return {{"heal", std::move(heal)}};
  }
  Json operator()(PauseRequest) const { return {{"pause", Json::object()}}; }
  Json operator()(ResumeRequest) const { return {{"resume", Json::object()}}; }
  Json operator()(RetryRequest) const { return {{"retry", Json::object()}}; }
};

}  // namespace

absl::StatusOr<ActionResult> ActOnVnf(store::Txn& txn, const Caller& caller,
                                      const VnfAction& action, HandlerContext& context) {
  ActionResult result;
  GREGALE_ASSIGN_OR_RETURN(result.vnf, FindVnf(txn, caller, action.id));
  const absl::Status begun = std::visit(Beginning(txn, result.vnf, context), action.request);
  if (!absl::IsOutOfRange(begun)) GREGALE_RETURN_IF_ERROR(begun);
  result.refused = begun;
  return result;
}

absl::StatusOr<ActionRequest> ReadAction(std::string_view body) {
  GREGALE_ASSIGN_OR_RETURN(const Json document, ReadJson(body));
  if (!document.is_object() || document.size() != 1) {
    return BadRequest(
        "The body must have one member: 'scale', 'heal', 'pause', 'resume' or 'retry'");
  }
  const auto member = document.begin();
  const Json value = member.value().is_null() ? Json::object() : member.value();
  if (!value.is_object()) {
    return InvalidAttribute(Shortened(member.key()),
                            base::Cat("'", InWords(value), "' is not an object"));
  }
  return ReadMember(member.key(), value);
}

Json ShowAction(const ActionRequest& request) { return std::visit(Shown(), request); }

absl::StatusOr<store::Vnf> ChangeVnf(store::Txn& txn, const Caller& caller,
                                     const VnfChange& request, HandlerContext& context) {
  lifecycle::UpdateRequest change{.name = request.name, .description = request.description};
  if (change.name.has_value()) GREGALE_RETURN_IF_ERROR(CheckName(*change.name));
  if (change.description.has_value()) {
    GREGALE_RETURN_IF_ERROR(CheckDescription(*change.description));
  }
  GREGALE_ASSIGN_OR_RETURN(change.config, ReadYamlObject(request.config, "config"));
  GREGALE_ASSIGN_OR_RETURN(change.param_values,
                           ReadYamlObject(request.param_values, "param_values"));
  GREGALE_ASSIGN_OR_RETURN(store::Vnf vnf, FindVnf(txn, caller, request.id));
  GREGALE_RETURN_IF_ERROR(
      lifecycle::BeginUpdate(txn, vnf, change, NewStart("update", vnf, context)));
  return vnf;
}

absl::Status DeleteVnf(store::Txn& txn, const Caller& caller, const VnfDeletion& request,
                       HandlerContext& context) {
  if (request.force == Force::kYes && !caller.is_admin) return AdminRequired();
  GREGALE_ASSIGN_OR_RETURN(store::Vnf vnf, FindVnf(txn, caller, request.id));
  return lifecycle::BeginDelete(txn, vnf, request.force, NewStart("delete", vnf, context));
}

}  // namespace gregale::server
