#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace gregale::conductor {

// Where notifications go. Thread-safe.
class Webhook {
 public:
  virtual ~Webhook() = default;
  // Delivers a JSON text to the URL; `id` is the same for each attempt. Blocks for a few seconds at
  // most. kResourceExhausted: not tried now, try soon. kFailedPrecondition: it was refused for
  // good. Other errors: try again later.
  virtual absl::Status Post(const std::string& url, std::string_view id,
                            const std::string& body) = 0;
};

}  // namespace gregale::conductor
