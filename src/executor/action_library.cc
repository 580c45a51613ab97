#include "executor/action_library.h"

#include <utility>

#include "workflow/action_catalogue.h"
#include "workflow/model.h"

namespace gregale::executor {

absl::Status ActionLibrary::CheckAction(const std::string& name, const base::Json& input) const {
  return workflow::CheckActionInput(name, input);
}

void DefinitionLibrary::Add(workflow::Definitions definitions) {
  for (auto& workflow : definitions.workflows) workflows_[workflow->name] = std::move(workflow);
  for (auto& action : definitions.actions) actions_[action->name] = std::move(action);
}

void DefinitionLibrary::AddEnvironment(const std::string& name, base::Json variables) {
  environments_[name] = std::move(variables);
}

std::shared_ptr<const workflow::Workflow> DefinitionLibrary::FindWorkflow(
    const std::string& name) const {
  const auto found = workflows_.find(name);
  if (found != workflows_.end()) return found->second;
  return fallback_ == nullptr ? nullptr : fallback_->FindWorkflow(name);
}

std::shared_ptr<const workflow::AdHocAction> DefinitionLibrary::FindAdHocAction(
    const std::string& name) const {
  const auto found = actions_.find(name);
  if (found != actions_.end()) return found->second;
  return fallback_ == nullptr ? nullptr : fallback_->FindAdHocAction(name);
}

std::optional<base::Json> DefinitionLibrary::FindEnvironment(const std::string& name) const {
  const auto found = environments_.find(name);
  if (found != environments_.end()) return found->second;
  return fallback_ == nullptr ? std::nullopt : fallback_->FindEnvironment(name);
}

}  // namespace gregale::executor
