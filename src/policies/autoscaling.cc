#include "policies/actions.h"

namespace gregale::policies {

namespace {

PolicyAction Scaling(std::string_view name) {
  return {.name = name,
          .event_words = "ActionAutoscalingHeat invoked",
          .exclusive = true,
          .scales = true};
}

}  // namespace

PolicyAction ScaleOutAction() { return Scaling("scale-out"); }

PolicyAction ScaleInAction() { return Scaling("scale-in"); }

PolicyAction AutoscalingAction() { return Scaling("autoscaling"); }

}  // namespace gregale::policies
