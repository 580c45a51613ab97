#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "base/json.h"
#include "executions/definition_cache.h"
#include "store/definition_table.h"
#include "store/store.h"
#include "workflow/engine.h"

namespace gregale::executions {

// What the workflows of an execution can name: the definitions and environments of its project, in
// its namespace first and then in the common one; and of each the text that was first found, as
// long as the execution lives. For one transaction.
class Library final : public workflow::Library {
 public:
  // Whose execution it is.
  struct Owner {
    std::string tenant_id;
    std::string name_space;
  };

  // `recorded`: what Record() gave after the step before; "" for a new execution. Everything
  // outlives the library.
  Library(store::Txn& txn, DefinitionCache& cache, Owner owner, const std::string& recorded = "");

  std::shared_ptr<const workflow::Workflow> FindWorkflow(const std::string& name) const override;
  std::shared_ptr<const workflow::AdHocAction> FindAdHocAction(
      const std::string& name) const override;
  std::optional<base::Json> FindEnvironment(const std::string& name) const override;
  absl::Status CheckAction(const std::string& name, const base::Json& input) const override;
  std::string_view name_space() const override { return owner_.name_space; }
  const std::string& tenant_id() const { return owner_.tenant_id; }

  // Lets a workflow be found that is in no store.
  void Add(const std::string& name, const std::string& text);
  // The id of a workflow that was found; "" where it has none.
  std::string WorkflowId(const std::string& name) const;
  // What was found so far: JSON.
  std::string Record() const;
  // An error of the store: what was answered after it counts for nothing.
  const absl::Status& status() const { return status_; }

 private:
  // A definition that was found: the text it is in.
  struct Found {
    std::string id;
    DefinitionCache::Kind kind = DefinitionCache::Kind::kWorkflows;
    std::string text;
  };
  using FoundByName = std::map<std::string, Found>;

  std::optional<store::Definition> Find(std::string_view kind, const std::string& name) const;
  // The definitions that `name` is among.
  std::shared_ptr<const workflow::Definitions> Parse(const Found& found) const;
  template <class Member>
  std::shared_ptr<const Member> FindMember(
      FoundByName& known, std::string_view kind, DefinitionCache::Kind list,
      std::vector<std::shared_ptr<const Member>> workflow::Definitions::*members,
      const std::string& name) const;

  store::Txn& txn_;
  DefinitionCache& cache_;
  const Owner owner_;
  mutable FoundByName workflows_;
  mutable FoundByName actions_;
  mutable absl::Status status_;
};

}  // namespace gregale::executions
