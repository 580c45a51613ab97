#include "executions/definition_cache.h"

#include <utility>

namespace gregale::executions {
namespace {

absl::StatusOr<workflow::Definitions> Parse(DefinitionCache::Kind kind, const std::string& text) {
  switch (kind) {
    case DefinitionCache::Kind::kWorkflows:
      return workflow::ParseWorkflowList(text);
    case DefinitionCache::Kind::kWorkbook:
      return workflow::ParseWorkbook(text);
    case DefinitionCache::Kind::kActions:
      return workflow::ParseActionList(text);
  }
  return absl::InternalError("no such kind of definition");
}

}  // namespace

absl::StatusOr<std::shared_ptr<const workflow::Definitions>> DefinitionCache::Get(
    Kind kind, const std::string& text) {
  auto key = std::make_pair(kind, text);
  {
    base::MutexLock lock(mutex_);
    const auto found = parsed_.find(key);
    if (found != parsed_.end()) return found->second;
  }
  absl::StatusOr<workflow::Definitions> definitions = Parse(kind, text);
  if (!definitions.ok()) return definitions.status();
  auto shared = std::make_shared<const workflow::Definitions>(*std::move(definitions));
  base::MutexLock lock(mutex_);
  if (bytes_ + text.size() > kBytesMax) {
    parsed_.clear();
    bytes_ = 0;
  }
  if (parsed_.emplace(std::move(key), shared).second) bytes_ += text.size();
  return shared;
}

}  // namespace gregale::executions
