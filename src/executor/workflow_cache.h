#pragma once

#include <list>
#include <memory>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "workflow/definition.h"

namespace gregale::executor {

// Parses each workflow text once: very many VNFs share few definitions. Keeps the workflows used
// last. Single-threaded.
class WorkflowCache {
 public:
  explicit WorkflowCache(size_t entries_max) : entries_max_(entries_max) {}

  // kInvalidArgument says what is wrong with the text; errors are not kept.
  absl::StatusOr<std::shared_ptr<const workflow::Workflow>> Get(std::string_view definition,
                                                                std::string_view name);

 private:
  struct Entry {
    std::string key;
    std::shared_ptr<const workflow::Workflow> workflow;
  };
  const size_t entries_max_;
  std::list<Entry> entries_;  // the last used first
  absl::flat_hash_map<std::string, std::list<Entry>::iterator> by_key_;
};

}  // namespace gregale::executor
