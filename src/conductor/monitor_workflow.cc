#include "conductor/monitor_workflow.h"

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_replace.h"
#include "base/error.h"
#include "base/text.h"
#include "base/yaml.h"
#include "policies/plain_text.h"
#include "policies/vnfd_policies.h"

namespace gregale::conductor {
namespace {

constexpr size_t kTaskNameCharsMax = 200;

// A YAQL string literal.
std::string Quoted(std::string_view text) {
  return base::Cat("'", absl::StrReplaceAll(base::ToAbsl(text), {{"\\", "\\\\"}, {"'", "\\'"}}),
                   "'");
}

// `monitor_<driver>_<VDU>`, of word characters only, different from all in `taken`.
std::string TaskName(const MonitoredVdu& monitored, std::set<std::string>& taken) {
  std::string name = base::Cat("monitor_", monitored.policy.driver->name, "_", monitored.vdu);
  if (name.size() > kTaskNameCharsMax) name.resize(kTaskNameCharsMax);
  for (char& c : name) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c))) c = '_';
  }
  const std::string stem = name;
  for (int n = 2; !taken.insert(name).second; ++n) name = base::Cat(stem, "_", n);
  return name;
}

base::Json TaskFor(const MonitoredVdu& monitored) {
  base::Json input = base::Json::object();
  input["vdu"] = monitored.vdu;
  input["addresses"] = base::Cat("<% $.addresses.get(", Quoted(monitored.vdu), ") %>");
  if (monitored.policy.raw_parameters.is_object()) {
    for (const auto& [key, value] : monitored.policy.raw_parameters.items()) input[key] = value;
  }
  base::Json actions = base::Json::object();
  for (const auto& [event, names] : monitored.policy.actions) actions[event] = names;
  input["actions"] = std::move(actions);

  base::Json task = base::Json::object();
  task["action"] = std::string(monitored.policy.driver->action);
  task["input"] = std::move(input);
  return task;
}

// The policy as the VDU's property says it; one from elsewhere in the descriptor in the same form.
base::Json AsWritten(const MonitoredVdu& monitored, const tosca::Vnfd& vnfd) {
  for (const tosca::Vdu& vdu : vnfd.vdus) {
    if (vdu.name == monitored.vdu && vdu.monitoring_policy.is_object() &&
        vdu.monitoring_policy.value("name", "") == monitored.policy.driver->name) {
      return vdu.monitoring_policy;
    }
  }
  base::Json policy = base::Json::object();
  policy["name"] = std::string(monitored.policy.driver->name);
  policy["parameters"] = monitored.policy.raw_parameters;
  policy["actions"] = monitored.policy.actions;
  return policy;
}

bool IsFamily(std::string_view address, int ip_version) {
  return base::Contains(address, ':') == (ip_version == 6);
}

}  // namespace

absl::StatusOr<std::vector<MonitoredVdu>> MonitoredVdus(const tosca::Vnfd& vnfd) {
  GREGALE_ASSIGN_OR_RETURN(const auto policies, policies::ReadVnfdPolicies(vnfd));
  std::vector<MonitoredVdu> monitored;
  for (const tosca::Vdu& vdu : vnfd.vdus) {
    const auto of_vdu = policies.monitoring.find(vdu.name);
    if (of_vdu == policies.monitoring.end()) continue;
    for (const policies::MonitoringPolicy& policy : of_vdu->second) {
      if (!policy.driver->action.empty()) monitored.push_back({vdu.name, policy});
    }
  }
  return monitored;
}

std::string MonitorWorkflowName(std::string_view vnf_id) { return base::Cat("vnf_id_", vnf_id); }

absl::StatusOr<std::string> GenerateMonitorWorkflow(std::string_view vnf_id,
                                                    std::span<const MonitoredVdu> monitored) {
  base::Json tasks = base::Json::object();
  std::set<std::string> taken;
  for (const MonitoredVdu& one : monitored) {
    GREGALE_RETURN_IF_ERROR(policies::CheckPlain(one.vdu, base::Cat("VDU '", one.vdu, "'")));
    GREGALE_RETURN_IF_ERROR(policies::CheckPlain(
        one.policy.raw_parameters, base::Cat(one.vdu, ".monitoring_policy.parameters")));
    tasks[TaskName(one, taken)] = TaskFor(one);
  }
  base::Json workflow = base::Json::object();
  workflow["type"] = "direct";
  workflow["description"] = base::Cat("Watches the VDUs of VNF ", vnf_id);
  workflow["input"] = {"vnf_id", "addresses"};
  workflow["tasks"] = std::move(tasks);

  base::Json list = base::Json::object();
  list["version"] = "2.0";
  list[MonitorWorkflowName(vnf_id)] = std::move(workflow);
  return base::DumpYaml(list);
}

absl::StatusOr<base::Json> MonitorInput(std::string_view vnf_id,
                                        std::span<const MonitoredVdu> monitored,
                                        std::span<const store::VduInstance> instances) {
  base::Json addresses = base::Json::object();
  for (const MonitoredVdu& one : monitored) {
    const int ip_version = one.policy.parameters.ip_version;
    base::Json of_vdu = base::Json::array();
    for (const store::VduInstance& instance : instances) {
      if (instance.vdu != one.vdu) continue;
      const auto address = std::find_if(
          instance.addresses.begin(), instance.addresses.end(),
          [&](const std::string& candidate) { return IsFamily(candidate, ip_version); });
      if (address == instance.addresses.end()) {
        return absl::FailedPreconditionError(base::Cat("instance ", instance.index, " of VDU '",
                                                       one.vdu, "' has no IPv", ip_version,
                                                       " management address to monitor"));
      }
      of_vdu.push_back(*address);
    }
    addresses[one.vdu] = std::move(of_vdu);
  }
  base::Json input = base::Json::object();
  input["vnf_id"] = std::string(vnf_id);
  input["addresses"] = std::move(addresses);
  return input;
}

base::Json MonitoringPolicyAttribute(std::span<const MonitoredVdu> monitored,
                                     const tosca::Vnfd& vnfd) {
  base::Json vdus = base::Json::object();
  for (const MonitoredVdu& one : monitored) {
    base::Json policy = AsWritten(one, vnfd);
    policy["monitoring_params"] =
        policy.contains("parameters") ? policy["parameters"] : base::Json::object();
    vdus[one.vdu][std::string(one.policy.driver->name)] = std::move(policy);
  }
  base::Json attribute = base::Json::object();
  attribute["vdus"] = std::move(vdus);
  return attribute;
}

}  // namespace gregale::conductor
