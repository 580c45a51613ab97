#include <catch2/catch.hpp>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/text.h"
#include "base/yaml.h"
#include "lifecycle/alarm.h"
#include "server/vnf_handlers.h"
#include "store/event_table.h"
#include "store/operation_table.h"
#include "store/vnf_table.h"
#include "world.h"

namespace gregale::server {
namespace {

constexpr std::string_view kTemplate =
    R"(tosca_definitions_version: tosca_simple_profile_for_nfv_1_0_0
description: One VDU with alarms
topology_template:
  node_templates:
    VDU1:
      type: tosca.nodes.nfv.VDU.Tacker
      properties:
        image: small
        metadata: {metering.server_group: SG1}
    CP1:
      type: tosca.nodes.nfv.CP.Tacker
      properties: {management: true}
      requirements:
        - virtualLink: {node: VL1}
        - virtualBinding: {node: VDU1}
    VL1:
      type: tosca.nodes.nfv.VL
      properties: {vendor: Gregale}
  policies:
    - SP1:
        type: tosca.policies.tacker.Scaling
        targets: [VDU1]
        properties: {increment: 1, cooldown: 120, min_instances: 1, max_instances: 2,
                     default_instances: 1}
    - alarms:
        type: tosca.policies.tacker.Alarming
        triggers:
          busy:
            metadata: SG1
            condition: {comparison_operator: gt}
            action: [SP1]
          idle:
            metadata: SG1
            condition: {comparison_operator: lt}
            action: [SP1]
          broken:
            action: [log, respawn]
          told:
            action: [notify]
    - desk:
        type: tosca.policies.gregale.Notify
        properties: {url: http://127.0.0.1:9/hook}
)";

// A VNF with triggers, ACTIVE, and what is sent to them.
class Triggers {
 public:
  Triggers() {
    world_.Json("POST", "/v1.0/vims",
                R"({"vim": {"type": "local", "auth_url": "http://127.0.0.1/", "auth_cred": {},
                            "name": "here", "is_default": true}})");
    base::Json request = base::Json::object();
    request["vnf"]["name"] = "f";
    request["vnf"]["vnfd_template"] = *base::ParseYamlAsJson(kTemplate);
    vnf_ = world_.Json("POST", "/v1.0/vnfs", base::DumpJson(request));
    Finish();
  }

  // Whatever is being done to the VNF is done.
  void Finish() {
    const absl::Status done = world_.store().Write([&](store::Txn& txn) -> absl::Status {
      GREGALE_RETURN_IF_ERROR(store::SupersedeOperations(txn, id()));
      return absl::OkStatus();
    });
    REQUIRE(done.ok());
    world_.SetStatus("f", store::VnfStatus::kActive);
  }

  std::string id() const { return vnf_["id"].get<std::string>(); }
  // Of the trigger, without scheme and host.
  std::string Url(const std::string& trigger) const {
    const std::string url = vnf_["attributes"][trigger].get<std::string>();
    CHECK(url.starts_with("http://127.0.0.1:9890/v1.0/vnfs/"));
    return url.substr(std::string("http://127.0.0.1:9890").size());
  }

  // "201 accepted".
  std::string Send(const std::string& path, const std::string& body) {
    const HttpResponse response = world_.Send("POST", path, body);
    const base::Json answer = *base::ParseJson(response.body);
    const std::string word = answer.contains("trigger")
                                 ? answer["trigger"]["outcome"].get<std::string>()
                                 : answer["TackerError"]["type"].get<std::string>();
    return base::Cat(response.status, " ", word);
  }
  std::string Alarm(const std::string& trigger, const std::string& alarm_id,
                    const std::string& state = "alarm") {
    return Send(Url(trigger),
                base::Cat(R"({"alarm_id": ")", alarm_id, R"(", "current": ")", state, R"("})"));
  }

  // What is left to the conductors, which then have done it.
  std::optional<lifecycle::RaisedAlarm> TakeAlarm() {
    std::optional<lifecycle::RaisedAlarm> alarm;
    const absl::Status taken = world_.store().Write([&](store::Txn& txn) -> absl::Status {
      GREGALE_ASSIGN_OR_RETURN(auto operation, store::ClaimOperation(txn, "c1", absl::Seconds(1)));
      if (!operation.has_value()) return absl::OkStatus();
      CHECK(operation->kind == lifecycle::kAlarmKind);
      GREGALE_ASSIGN_OR_RETURN(const auto state,
                               lifecycle::OperationState::Parse(operation->state));
      GREGALE_ASSIGN_OR_RETURN(alarm, lifecycle::ReadAlarm(state));
      operation->status = "done";
      return store::FinishOperation(txn, *operation);
    });
    REQUIRE(taken.ok());
    return alarm;
  }
  std::string Status() { return world_.Json("GET", "/v1.0/vnfs/f")["status"].get<std::string>(); }
  bool HasEvent(const std::string& words) {
    for (const base::Json& event : world_.Json("GET", "/v1.0/events")) {
      if (base::Contains(event["event_details"].get<std::string>(), words)) return true;
    }
    return false;
  }

  World& world() { return world_; }
  const base::Json& vnf() const { return vnf_; }

 private:
  World world_;
  base::Json vnf_;
};

TEST_CASE("a VNF has a URL for each trigger, and no event shows its key") {
  Triggers triggers;
  CHECK(triggers.vnf()["attributes"]["alarming_policy"] == triggers.id());
  const std::string url = triggers.Url("busy");
  CHECK(url.starts_with(base::Cat("/v1.0/vnfs/", triggers.id(), "/busy/SP1-out/")));
  CHECK(triggers.Url("idle").find("/SP1-in/") != std::string::npos);
  CHECK(triggers.Url("broken").find("/log%25respawn/") != std::string::npos);
  CHECK(triggers.HasEvent("Alarm URL set successfully: busy"));
  const std::string key = url.substr(url.rfind('/') + 1);
  CHECK(key.size() == 32);
  CHECK_FALSE(triggers.HasEvent(key));
}

TEST_CASE("an alarm is left to the conductors, once") {
  Triggers triggers;
  CHECK(triggers.Alarm("broken", "a1") == "201 accepted");
  const auto left = triggers.TakeAlarm();
  REQUIRE(left.has_value());
  CHECK(left->vnf_id == triggers.id());
  CHECK(left->trigger == "broken");
  CHECK(left->event == "failure");
  CHECK(left->actions == std::vector<std::string>{"log", "respawn"});
  CHECK(triggers.Status() == "ACTIVE");

  CHECK(triggers.Alarm("broken", "a1") == "201 repeated");
  CHECK_FALSE(triggers.TakeAlarm().has_value());
}

TEST_CASE("a trigger is about the VDU that its metadata names, and scales by the policy it names") {
  Triggers triggers;
  CHECK(triggers.Alarm("busy", "a1") == "201 accepted");
  const auto left = triggers.TakeAlarm();
  REQUIRE(left.has_value());
  CHECK(left->vdu == "VDU1");
  CHECK(left->actions == std::vector<std::string>{"SP1-out"});
}

TEST_CASE("an alarm that goes on acts again, and one that ended begins anew") {
  Triggers triggers;
  CHECK(triggers.Alarm("broken", "a1") == "201 accepted");
  REQUIRE(triggers.TakeAlarm().has_value());
  triggers.world().clock().Advance(absl::Seconds(59));
  CHECK(triggers.Alarm("broken", "a1") == "201 repeated");
  triggers.world().clock().Advance(absl::Seconds(1));
  CHECK(triggers.Alarm("broken", "a1") == "201 accepted");
  REQUIRE(triggers.TakeAlarm().has_value());
  CHECK(triggers.Alarm("broken", "a1", "ok") == "201 nothing to do");
  CHECK(triggers.Alarm("broken", "a1") == "201 accepted");
  CHECK(triggers.TakeAlarm().has_value());
}

TEST_CASE("what is still to be answered is not asked for again, not by another alarm either") {
  Triggers triggers;
  CHECK(triggers.Alarm("broken", "a1") == "201 accepted");
  triggers.world().clock().Advance(absl::Minutes(5));
  CHECK(triggers.Alarm("broken", "a1") == "201 repeated");
  CHECK(triggers.Alarm("broken", "a2") == "201 accepted");
  CHECK(triggers.TakeAlarm().has_value());
  CHECK_FALSE(triggers.TakeAlarm().has_value());
}

TEST_CASE("the key and everything else in a trigger's URL is checked") {
  Triggers triggers;
  const std::string alarm = R"({"alarm_id": "a1", "current": "alarm"})";
  const std::string url = triggers.Url("broken");
  const std::string key = url.substr(url.rfind('/') + 1);
  const std::string base = base::Cat("/v1.0/vnfs/", triggers.id(), "/");
  for (const std::string& wrong :
       {base + "broken/log%25respawn/g0jtsxu9", base + "broken/respawn/" + key,
        base + "busy/log%25respawn/" + key, base + "none/log%25respawn/" + key,
        base + "name/x/" + key, "/v1.0/vnfs/" + key + "/broken/log%25respawn/" + key}) {
    CHECK(triggers.Send(wrong, alarm) == "404 HTTPNotFound");
  }
  CHECK_FALSE(triggers.TakeAlarm().has_value());
  CHECK(triggers.Send(url, alarm) == "201 accepted");
}

TEST_CASE("bodies that are no alarm are refused") {
  Triggers triggers;
  const std::string url = triggers.Url("broken");
  for (const char* body :
       {R"({"current": "alarm"})", R"({"alarm_id": "", "current": "alarm"})",
        R"({"alarm_id": "a", "current": "perhaps"})", R"({"alarm_id": 1, "current": "alarm"})",
        R"([])", R"({"alerts": []})", R"({"alerts": [1]})", R"({"alerts": [{"status": "firing"}]})",
        R"({"alerts": [{"status": "burning", "fingerprint": "f"}]})"}) {
    INFO(body);
    CHECK(triggers.Send(url, body) == "400 AlarmUrlInvalid");
  }
  std::string many = R"({"alerts": [)";
  for (int i = 0; i < 101; ++i) base::Append(many, i > 0 ? "," : "", "1");
  CHECK(triggers.Send(url, many + "]}") == "400 AlarmUrlInvalid");
  CHECK(triggers.Send(url, "x") == "400 MalformedRequestBody");
  CHECK(triggers.Send(url, base::Cat(R"({"alarm_id": ")", std::string(256, 'a'),
                                     R"(", "current": "alarm"})")) == "400 HTTPBadRequest");
  CHECK_FALSE(triggers.TakeAlarm().has_value());
}

TEST_CASE("the webhook of Prometheus Alertmanager fires a trigger, once for each alert") {
  Triggers triggers;
  const std::string url = triggers.Url("broken");
  const auto webhook = [](const std::string& status, const std::string& since) {
    return base::Cat(R"({"version": "4", "status": ")", status, R"(", "alerts": [{"status": ")",
                     status,
                     R"(", "labels": {"alertname": "Down"}, "fingerprint": "c1", "startsAt": ")",
                     since, R"("}]})");
  };
  CHECK(triggers.Send(url, webhook("firing", "2026-01-01T00:00:00Z")) == "201 accepted");
  CHECK(triggers.TakeAlarm().has_value());
  CHECK(triggers.Send(url, webhook("firing", "2026-01-01T00:00:00Z")) == "201 repeated");
  CHECK(triggers.Send(url, webhook("resolved", "2026-01-01T00:00:00Z")) == "201 nothing to do");
  CHECK(triggers.Send(url, webhook("firing", "2026-01-01T00:00:30Z")) == "201 accepted");
}

TEST_CASE("a caller who may see the VNF fires its triggers without a key") {
  Triggers triggers;
  const std::string path = base::Cat("/v1.0/vnfs/", triggers.id(), "/triggers.json");
  const auto body = [](const std::string& trigger, const std::string& action) {
    return base::Cat(R"({"trigger": {"policy_name": ")", trigger, R"(", "action_name": ")", action,
                     R"(", "params": {"credential": "g0jtsxu9",
                       "data": {"alarm_id": "a1", "current": "alarm"}}}})");
  };
  CHECK(triggers.Send(path, body("none", "respawn")) == "404 TriggerNotFound");
  CHECK(triggers.Send(path, body("busy", "SP1-in")) == "400 VnfPolicyActionInvalid");
  CHECK(triggers.Send(path, body("broken", "log_and_kill")) == "400 VnfPolicyActionInvalid");
  CHECK(triggers.Send(path, body("broken", "respawn")) == "201 accepted");
  const auto left = triggers.TakeAlarm();
  REQUIRE(left.has_value());
  CHECK(left->actions == std::vector<std::string>{"respawn"});

  triggers.world().caller = {.tenant_id = "another", .is_admin = false};
  CHECK(triggers.Send(path, body("broken", "respawn")) == "404 VNFNotFound");
}

}  // namespace
}  // namespace gregale::server
