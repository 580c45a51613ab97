#include "executions/tree.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "store/execution_run_table.h"
#include "workflow/instant_action.h"

namespace gregale::executions {
namespace {

using base::Json;

// How many steps one transaction takes at most: an execution that goes on and on by itself gives
// way to others.
constexpr int kStepsMax = 1000;

std::string Dump(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Tree>> Tree::Load(store::Txn& txn, DefinitionCache& cache,
                                                 const std::string& root_id) {
  GREGALE_ASSIGN_OR_RETURN(const std::optional<store::ExecutionRun> row,
                           store::GetExecutionRun(txn, root_id));
  if (!row) {
    return absl::NotFoundError(base::Cat("Execution not found [execution_id=", root_id, "]"));
  }
  std::unique_ptr<Tree> tree(new Tree(
      txn, std::make_unique<Library>(txn, cache, Library::Owner{row->tenant_id, row->name_space},
                                     row->definitions)));
  tree->execution_.emplace(nullptr, *tree->library_);
  GREGALE_RETURN_IF_ERROR(
      tree->execution_->Load(Json::parse(row->state, nullptr, /*allow_exceptions=*/false)));
  GREGALE_RETURN_IF_ERROR(tree->library_->status());
  tree->alone_ = tree->state().root()->id != root_id;
  tree->stored_ = true;
  tree->before_ = tree->rows();
  return tree;
}

absl::StatusOr<std::unique_ptr<Tree>> Tree::New(store::Txn& txn, std::unique_ptr<Library> library,
                                                const std::string& workflow) {
  auto found = library->FindWorkflow(workflow);
  GREGALE_RETURN_IF_ERROR(library->status());
  if (found == nullptr) {
    return absl::NotFoundError(base::Cat("Workflow not found [workflow_identifier=", workflow,
                                         ", namespace=", library->name_space(), "]"));
  }
  std::unique_ptr<Tree> tree(new Tree(txn, std::move(library)));
  tree->execution_.emplace(std::move(found), *tree->library_);
  return tree;
}

Rows Tree::rows() const {
  return alone_ ? RowsOfActionAlone(state(), *library_) : RowsOf(state(), *library_);
}

absl::Status Tree::Step(What what) {
  GREGALE_ASSIGN_OR_RETURN(std::vector<workflow::Command> commands,
                           execution_->Step({txn_.now(), std::move(what)}));
  while (true) {
    for (workflow::Command& command : commands) GREGALE_RETURN_IF_ERROR(Obey(std::move(command)));
    // Once the store has failed, the library gives wrong answers.
    GREGALE_RETURN_IF_ERROR(library_->status());
    if (next_.empty()) return absl::OkStatus();
    auto more = execution_->Step({txn_.now(), std::move(next_.front())});
    next_.pop_front();
    // What comes too late is no error here.
    commands = more.ok() ? *std::move(more) : std::vector<workflow::Command>();
  }
}

absl::Status Tree::Obey(workflow::Command command) {
  if (auto* start = std::get_if<workflow::StartAction>(&command)) return Obey(std::move(*start));
  if (const auto* timer = std::get_if<workflow::SetTimer>(&command)) return Obey(*timer);
  if (const auto* cancel = std::get_if<workflow::CancelAction>(&command)) {
    const auto is_it = [&](const store::ActionRun& run) {
      return run.action_id == cancel->action_id;
    };
    if (std::erase_if(started_, is_it) > 0) return absl::OkStatus();
    return store::DeleteActionRun(txn_, cancel->action_id).status();
  }
  // An end is seen in the state; inputs of what runs are changed only by executors themselves.
  return absl::OkStatus();
}

absl::Status Tree::Obey(workflow::StartAction command) {
  if (steps_ < kStepsMax) {
    if (std::optional<workflow::ActionDone> end = workflow::EndInstantly(command)) {
      ++steps_;
      next_.push_back(*std::move(end));
      return absl::OkStatus();
    }
  }
  if (!workflow::NeedsExecutor(command)) return absl::OkStatus();
  started_.push_back({.action_id = std::move(command.action_id),
                      .action = std::move(command.action),
                      .input = Dump(command.input),
                      .target = std::move(command.target),
                      .task_id = alone_ ? "" : std::move(command.task_id),
                      .execution_id = alone_ ? "" : std::move(command.execution_id),
                      .workflow_name = alone_ ? "" : std::move(command.workflow),
                      .safe_rerun = command.safe_rerun});
  return absl::OkStatus();
}

absl::Status Tree::Obey(const workflow::SetTimer& command) {
  if (command.delay <= absl::ZeroDuration() && steps_ < kStepsMax) {
    ++steps_;
    next_.push_back(workflow::TimerFired{command.timer});
  } else {
    timers_.push_back({.timer = command.timer, .due_at = txn_.now() + command.delay});
  }
  return absl::OkStatus();
}

std::string Tree::Key() const {
  const workflow::WorkflowRun& root = *state().root();
  return alone_ ? root.tasks.front()->attempts.front().id : root.id;
}

void Tree::AddNotes(Rows& rows) const {
  if (alone_) {
    rows.actions.front().description = notes_.description;
  } else {
    rows.executions.front().description = notes_.description;
    rows.executions.front().tags = notes_.tags;
  }
}

absl::Status Tree::Save() {
  Rows after = rows();
  if (!stored_) AddNotes(after);
  GREGALE_RETURN_IF_ERROR(WriteChanges(txn_, before_, after));
  const std::string key = Key();
  const store::ExecutionRun run{.root_id = key,
                                .tenant_id = library_->tenant_id(),
                                .name_space = std::string(library_->name_space()),
                                .state = Dump(execution_->Save()),
                                .definitions = library_->Record()};
  GREGALE_RETURN_IF_ERROR(stored_ ? store::UpdateExecutionRun(txn_, run)
                                  : store::InsertExecutionRun(txn_, run));
  for (store::ActionRun& started : started_) {
    started.root_id = key;
    GREGALE_RETURN_IF_ERROR(store::InsertActionRun(txn_, started));
  }
  for (store::ExecutionTimer& timer : timers_) {
    timer.root_id = key;
    GREGALE_RETURN_IF_ERROR(store::InsertExecutionTimer(txn_, timer));
  }
  return absl::OkStatus();
}

}  // namespace gregale::executions
