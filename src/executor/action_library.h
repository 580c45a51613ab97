#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "workflow/engine.h"

namespace gregale::executor {

// The actions of this executor, for workflows that use no other definitions.
class ActionLibrary : public workflow::Library {
 public:
  absl::Status CheckAction(const std::string& name, const base::Json& input) const override;
};

// Definitions and environments by name, beside the actions.
class DefinitionLibrary : public ActionLibrary {
 public:
  // Names that are not found here are looked up in `fallback`, which may be nullptr and outlives
  // this.
  explicit DefinitionLibrary(std::string name_space = "",
                             const workflow::Library* fallback = nullptr)
      : name_space_(std::move(name_space)), fallback_(fallback) {}

  // Replaces what has the same name.
  void Add(workflow::Definitions definitions);
  void AddEnvironment(const std::string& name, base::Json variables);

  std::shared_ptr<const workflow::Workflow> FindWorkflow(const std::string& name) const override;
  std::shared_ptr<const workflow::AdHocAction> FindAdHocAction(
      const std::string& name) const override;
  std::optional<base::Json> FindEnvironment(const std::string& name) const override;
  std::string_view name_space() const override { return name_space_; }

 private:
  const std::string name_space_;
  const workflow::Library* const fallback_;
  std::map<std::string, std::shared_ptr<const workflow::Workflow>> workflows_;
  std::map<std::string, std::shared_ptr<const workflow::AdHocAction>> actions_;
  std::map<std::string, base::Json> environments_;
};

}  // namespace gregale::executor
