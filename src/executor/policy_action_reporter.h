#pragma once

#include <functional>
#include <memory>

#include "gregale/v1/policy_action.pb.h"

namespace gregale::executor {

// A report on its way; destroying it ends it silently.
class PolicyReport {
 public:
  virtual ~PolicyReport() = default;
};

// Tells the conductors about incidents. The real one is PolicyActionClient.
class PolicyActionReporter {
 public:
  using Answer = std::function<void(const v1::ExecutePolicyActionResponse&)>;
  virtual ~PolicyActionReporter() = default;
  // Sends the report, again and again until a conductor answers it; `answer` is called once, on the
  // loop, never inside this call, and may destroy the report. On the loop's thread only.
  virtual std::unique_ptr<PolicyReport> Report(v1::ExecutePolicyActionRequest request,
                                               Answer answer) = 0;
};

}  // namespace gregale::executor
