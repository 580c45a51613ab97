#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "executions/definition_cache.h"
#include "executions/library.h"
#include "executions/projection.h"
#include "store/store.h"
#include "store/workflow_records.h"
#include "workflow/engine.h"

namespace gregale::executions {

struct Notes {
  std::string description;
  std::string tags;  // JSON array; "": none
};

// An execution with its sub-executions, taken from the store for one step and put back. For one
// transaction.
class Tree {
 public:
  using What = decltype(workflow::Event::what);

  // One that is in the store. kNotFound; kDataLoss: its state cannot be read.
  static absl::StatusOr<std::unique_ptr<Tree>> Load(store::Txn& txn, DefinitionCache& cache,
                                                    const std::string& root_id);
  // A new one of a workflow of the library's, under a name.
  static absl::StatusOr<std::unique_ptr<Tree>> New(store::Txn& txn,
                                                   std::unique_ptr<Library> library,
                                                   const std::string& workflow);
  // Made to run an action alone: only the action is shown.
  void set_alone() { alone_ = true; }
  // What people wrote beside a new one, of which the engine knows nothing: Save() adds it to the
  // row of the root, or of the action.
  void set_notes(Notes notes) { notes_ = std::move(notes); }

  // The event, and what it leads to at once. The error is the event's.
  absl::Status Step(What what);
  // Writes everything that has changed; once, after the steps.
  absl::Status Save();

  const workflow::ExecutionState& state() const { return execution_->state(); }
  // As the store shows it after Save().
  Rows rows() const;

 private:
  Tree(store::Txn& txn, std::unique_ptr<Library> library)
      : txn_(txn), library_(std::move(library)) {}

  // The id by which the tree is found: the root execution's, or the action's.
  std::string Key() const;
  absl::Status Obey(workflow::Command command);
  absl::Status Obey(workflow::StartAction command);
  absl::Status Obey(const workflow::SetTimer& command);
  void AddNotes(Rows& rows) const;

  store::Txn& txn_;
  std::unique_ptr<Library> library_;
  std::optional<workflow::Execution> execution_;
  bool alone_ = false;
  bool stored_ = false;
  Notes notes_;
  Rows before_;
  // What follows in the same step.
  std::deque<What> next_;
  int steps_ = 0;  // that followed at once
  std::vector<store::ActionRun> started_;
  std::vector<store::ExecutionTimer> timers_;
};

}  // namespace gregale::executions
