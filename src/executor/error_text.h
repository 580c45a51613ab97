#pragma once

#include <string>

#include "absl/status/status.h"
#include "base/error.h"
#include "base/text.h"

namespace gregale::executor {

// An error in one line for people: the field that is wrong, if it is one, and why.
inline std::string ErrorText(const absl::Status& status) {
  const std::string field = base::ErrorField(status);
  const std::string message(base::FromAbsl(status.message()));
  return field.empty() ? message : base::Cat(field, ": ", message);
}

// The same error, whose message says the field, too.
inline absl::Status Explained(const absl::Status& status) {
  if (base::ErrorField(status).empty()) return status;
  return base::MakeError(status.code(), base::ErrorKind(status), ErrorText(status),
                         base::ErrorField(status));
}

}  // namespace gregale::executor
