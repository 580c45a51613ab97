#include "executor/workflow_cache.h"

#include "base/error.h"

namespace gregale::executor {

absl::StatusOr<std::shared_ptr<const workflow::Workflow>> WorkflowCache::Get(
    std::string_view definition, std::string_view name) {
  std::string key;
  key.reserve(name.size() + 1 + definition.size());
  key.append(name).append(1, '\0').append(definition);
  if (const auto known = by_key_.find(key); known != by_key_.end()) {
    entries_.splice(entries_.begin(), entries_, known->second);
    return known->second->workflow;
  }
  GREGALE_ASSIGN_OR_RETURN(auto parsed, workflow::ParseWorkflow(definition, name));
  entries_.push_front({key, parsed});
  by_key_.emplace(std::move(key), entries_.begin());
  if (entries_.size() > entries_max_) {
    by_key_.erase(entries_.back().key);
    entries_.pop_back();
  }
  return parsed;
}

}  // namespace gregale::executor
