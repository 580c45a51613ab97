#include "lifecycle/scaling.h"

#include <algorithm>

#include "base/text.h"

namespace gregale::lifecycle {
namespace {

size_t NextCount(size_t count, const policies::ScalingPolicy& policy, Direction direction) {
  const int step = direction == Direction::kOut ? policy.increment : -policy.increment;
  const int now = static_cast<int>(count);
  // Never away from the bounds' side: a count outside of them (the VNFD's were changed by a value
  // for an input) only moves towards them.
  const int next = direction == Direction::kOut
                       ? std::max(now, std::min(now + step, policy.max_instances))
                       : std::min(now, std::max(now + step, policy.min_instances));
  return static_cast<size_t>(next);
}

}  // namespace

std::string StepName(std::string_view policy, Direction direction) {
  return base::Cat(policy, "-", ToText(direction));
}

bool HasRoom(const Layout& layout, const policies::ScalingPolicy& policy, Direction direction) {
  return std::ranges::any_of(policy.targets, [&](const std::string& vdu) {
    const auto found = layout.find(vdu);
    if (found == layout.end()) return false;
    const size_t count = found->second.size();
    return NextCount(count, policy, direction) != count;
  });
}

void Scale(const policies::ScalingPolicy& policy, Direction direction, int64_t making,
           Layout& layout) {
  for (const std::string& vdu : policy.targets) {
    const auto found = layout.find(vdu);
    if (found == layout.end()) continue;
    found->second.resize(NextCount(found->second.size(), policy, direction), making);
  }
}

}  // namespace gregale::lifecycle
