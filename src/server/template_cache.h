#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "base/json.h"
#include "base/mutex.h"
#include "policies/vnfd_policies.h"
#include "tosca/vnfd.h"

namespace gregale::server {

// What a template says, checked as a whole.
struct Template {
  tosca::Vnfd vnfd;
  policies::VnfdPolicies policies;
};

// Templates by their text and the values of their inputs, each parsed once: many VNFs are made from
// one. The text itself is what is looked up, so nothing here can be out of date. Thread-safe.
class TemplateCache {
 public:
  // As ReadTemplate with RequireInputs::kYes, of a template that is kept.
  absl::StatusOr<std::shared_ptr<const Template>> Get(const std::string& template_yaml,
                                                      const base::Json& param_values);

 private:
  // Of text; what is parsed of it is some times more.
  static constexpr size_t kBytesMax = 8u << 20;

  base::Mutex mutex_;
  // Begun anew when it holds too much: what is in use comes back at once.
  std::map<std::string, std::shared_ptr<const Template>> parsed_ ABSL_GUARDED_BY(mutex_);
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace gregale::server
