#include "conductor/guard_settings.h"

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "lifecycle/descriptor.h"
#include "policies/vnfd_policies.h"
#include "store/vnfd_table.h"

namespace gregale::conductor {
namespace {

// In every template that has a policy with guards.
constexpr std::string_view kMark = "tosca.policies.gregale.";

}  // namespace

absl::StatusOr<std::string> ReadGuards(store::Txn& txn, const store::Vnf& vnf) {
  GREGALE_ASSIGN_OR_RETURN(const store::Vnfd row, store::GetVnfd(txn, vnf.vnfd_id));
  if (!base::Contains(row.template_yaml, kMark)) return std::string();
  GREGALE_ASSIGN_OR_RETURN(const lifecycle::Descriptor descriptor,
                           lifecycle::ReadDescriptor(txn, vnf));
  GREGALE_ASSIGN_OR_RETURN(const policies::VnfdPolicies policies,
                           policies::ReadVnfdPolicies(descriptor.vnfd));
  if (policies.guards.empty()) return std::string();
  return base::DumpJson(policies.guards);
}

policies::GuardSettings GuardsFrom(std::string_view guards,
                                   const policies::GuardSettings& defaults) {
  if (guards.empty()) return defaults;
  const absl::StatusOr<base::Json> json = base::ParseJson(guards);
  if (!json.ok()) return defaults;
  // Was checked when the descriptor was onboarded.
  return policies::ParseGuards(*json, "", defaults).value_or(defaults);
}

}  // namespace gregale::conductor
