#include "workflow/expr/host.h"

namespace gregale::workflow::expr {
namespace {

absl::Status NoExecution() {
  return absl::NotFoundError("the expression is not evaluated within an execution");
}

}  // namespace

absl::StatusOr<base::Json> Host::Task(std::optional<std::string_view>) { return NoExecution(); }
absl::StatusOr<base::Json> Host::Tasks(const std::vector<base::Json>&) { return NoExecution(); }
absl::StatusOr<base::Json> Host::Execution() { return NoExecution(); }
absl::StatusOr<base::Json> Host::Executions(const std::vector<base::Json>&) {
  return NoExecution();
}
absl::StatusOr<base::Json> Host::Global(std::string_view) { return NoExecution(); }
absl::StatusOr<int64_t> Host::NowMicros() { return NoExecution(); }
absl::StatusOr<uint64_t> Host::RandomBits() { return NoExecution(); }

}  // namespace gregale::workflow::expr
