#include "policies/scaling.h"

#include <set>
#include <string_view>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "policies/parameters.h"

namespace gregale::policies {
namespace {

using base::Json;

constexpr std::string_view kType = "tosca.policies.tacker.Scaling";

struct Count {
  const char* name;
  int ScalingPolicy::*member;
  int min;
};
constexpr Count kCounts[] = {
    {"increment", &ScalingPolicy::increment, 1},
    {"min_instances", &ScalingPolicy::min_instances, 0},
    {"max_instances", &ScalingPolicy::max_instances, 1},
    {"default_instances", &ScalingPolicy::default_instances, 0},
};

absl::Status CheckKeys(const Json& properties, const std::string& field) {
  for (const auto& [key, value] : properties.items()) {
    bool known = key == "cooldown" || key == "target_cpu_utilization_percentage";
    for (const Count& count : kCounts) known = known || key == count.name;
    if (!known) {
      return base::InvalidInput(base::Cat(field, ".", key), "is no property of a scaling policy");
    }
  }
  return absl::OkStatus();
}

absl::Status ReadCounts(const Json& properties, const std::string& field, ScalingPolicy& out) {
  bool waits = false;
  for (const Count& count : kCounts) {
    const std::string path = base::Cat(field, ".", count.name);
    const auto value = properties.find(count.name);
    if (value == properties.end()) return base::InvalidInput(path, "is missing");
    if (tosca::IsUnresolved(*value)) {
      waits = true;
      continue;
    }
    GREGALE_ASSIGN_OR_RETURN(out.*count.member,
                             ReadWhole(*value, path, count.min, base::kInstancesPerVduMax));
  }
  if (waits) return absl::OkStatus();
  if (out.min_instances > out.max_instances) {
    return base::InvalidInput(field + ".min_instances", "is greater than max_instances");
  }
  if (out.default_instances < out.min_instances || out.default_instances > out.max_instances) {
    return base::InvalidInput(field + ".default_instances",
                              "must be from min_instances to max_instances");
  }
  return absl::OkStatus();
}

absl::StatusOr<ScalingPolicy> Read(const std::string& name, const Json& policy,
                                   const std::string& field) {
  ScalingPolicy out;
  out.name = name;
  if (!policy.contains("targets") || policy["targets"].empty()) {
    return base::InvalidInput(field + ".targets", "must name the VDUs to scale");
  }
  for (const Json& target : policy["targets"]) out.targets.push_back(target.get<std::string>());
  const std::string path = field + ".properties";
  const Json properties = policy.value("properties", Json());
  if (!properties.is_object()) return base::InvalidInput(path, "must be a map");
  GREGALE_RETURN_IF_ERROR(CheckKeys(properties, path));
  GREGALE_RETURN_IF_ERROR(ReadCounts(properties, path, out));
  const auto cooldown = properties.find("cooldown");
  if (cooldown != properties.end() && !tosca::IsUnresolved(*cooldown)) {
    GREGALE_ASSIGN_OR_RETURN(out.cooldown, ReadSeconds(*cooldown, path + ".cooldown", 0,
                                                       base::kScalingCooldownSecondsMax));
  }
  return out;
}

}  // namespace

absl::StatusOr<std::vector<ScalingPolicy>> ReadScalingPolicies(const tosca::Vnfd& vnfd) {
  std::vector<ScalingPolicy> policies;
  std::set<std::string> names;
  std::set<std::string> scaled;
  for (size_t i = 0; i < vnfd.policies.size(); ++i) {
    const auto entry = vnfd.policies[i].begin();
    if (entry.value().value("type", "") != kType) continue;
    const std::string field = base::Cat("topology_template.policies[", i, "].", entry.key());
    GREGALE_ASSIGN_OR_RETURN(ScalingPolicy policy, Read(entry.key(), entry.value(), field));
    if (!names.insert(policy.name).second) {
      return base::InvalidInput(field, "is the second scaling policy of this name");
    }
    for (const std::string& target : policy.targets) {
      if (scaled.insert(target).second) continue;
      return base::InvalidInput(field + ".targets",
                                base::Cat("VDU '", target, "' is scaled by another policy, too"));
    }
    policies.push_back(std::move(policy));
  }
  return policies;
}

}  // namespace gregale::policies
