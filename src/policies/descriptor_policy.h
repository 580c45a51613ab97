#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "base/json.h"
#include "tosca/vnfd.h"

// The entries of a descriptor's list of policies.
namespace gregale::policies {

struct DescriptorPolicy {
  std::string name;
  std::string type;
  const base::Json& body;            // {"type": .., "targets": .., "properties": ..}; an object
  std::vector<std::string> targets;  // VDUs
  std::string field;                 // its path in the template
};

// All whose type begins with `type`, in the template's order. The views live as long as `vnfd`.
std::vector<DescriptorPolicy> PoliciesOfType(const tosca::Vnfd& vnfd, std::string_view type);

// Its member `properties`; an empty object where it has none. An error where it is no map.
absl::StatusOr<base::Json> PropertiesOf(const DescriptorPolicy& policy);

// `map` has no keys but `known`.
absl::Status CheckKeys(const base::Json& map, std::initializer_list<std::string_view> known,
                       std::string_view field);

// A part of the value, at any depth, waits for an input.
bool WaitsForInput(const base::Json& value);

}  // namespace gregale::policies
