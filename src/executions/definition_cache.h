#pragma once

#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "base/mutex.h"
#include "workflow/definition.h"

namespace gregale::executions {

// Definitions by their text, each parsed once. Thread-safe.
class DefinitionCache {
 public:
  enum class Kind { kWorkflows, kWorkbook, kActions };

  // kInvalidArgument: the text is not valid.
  absl::StatusOr<std::shared_ptr<const workflow::Definitions>> Get(Kind kind,
                                                                   const std::string& text);

 private:
  static constexpr size_t kBytesMax = 64u
                                      << 20;  // of text; what is parsed of it is some times more

  base::Mutex mutex_;
  // Begun anew when it holds too much: what is in use comes back at once.
  std::map<std::pair<Kind, std::string>, std::shared_ptr<const workflow::Definitions>> parsed_
      ABSL_GUARDED_BY(mutex_);
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace gregale::executions
