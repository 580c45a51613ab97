#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/json.h"

namespace gregale::workflow::expr {

// What Mistral's functions ask about: the execution in which an expression is evaluated. Here
// nothing is known; the engine knows more. An answer of kNotFound is an evaluation error with its
// message.
class Host {
 public:
  virtual ~Host() = default;

  // task() and task(name): nullopt for the current task's name. Null where there is no such task.
  virtual absl::StatusOr<base::Json> Task(std::optional<std::string_view> name);
  // tasks(), with its arguments in their order; null where left out.
  virtual absl::StatusOr<base::Json> Tasks(const std::vector<base::Json>& arguments);
  // execution().
  virtual absl::StatusOr<base::Json> Execution();
  // executions(), with its arguments in their order; null where left out.
  virtual absl::StatusOr<base::Json> Executions(const std::vector<base::Json>& arguments);
  // global(name): null where it was not published.
  virtual absl::StatusOr<base::Json> Global(std::string_view name);
  // now(): microseconds since 1970, UTC.
  virtual absl::StatusOr<int64_t> NowMicros();
  // uuid(), random(): 64 uniform bits.
  virtual absl::StatusOr<uint64_t> RandomBits();
};

}  // namespace gregale::workflow::expr
