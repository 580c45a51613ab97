#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/json.h"
#include "workflow/engine.h"
#include "workflow/engine/values.h"
#include "workflow/execution_state.h"

namespace gregale::workflow::engine {

using base::Json;

// What an expression is evaluated for, and the dicts that are its `$`; of equal keys the first
// counts. Borrowed.
struct Scope {
  const WorkflowRun* run = nullptr;
  const TaskRun* task = nullptr;  // what task() means, and marked in `$`
  std::vector<const Json*> layers;
};

// Carries out one event. A failure of a workflow's own making (a bad expression, an unknown action)
// is a status within, and a failed task or execution outside. One class in many files, each with
// its topic.
class Stepper {
 public:
  Stepper(ExecutionState& state, const Library& library, absl::Time now)
      : state_(state), library_(library), now_(now) {}

  absl::Status On(const Start& event, std::shared_ptr<const Workflow> workflow);
  absl::Status On(const InputChanged& event);
  absl::Status On(const ActionDone& event);
  absl::Status On(const ActionChanged& event);
  absl::Status On(const TimerFired& event);
  absl::Status On(const Pause& event);
  absl::Status On(const Resume& event);
  absl::Status On(const EnvironmentChanged& event);
  absl::Status On(const Stop& event);
  absl::Status On(const Rerun& event);
  absl::Status On(const Skip& event);

  // What else follows from the event: ends of executions, and what they mean for those above.
  void Settle();
  std::vector<Command> TakeCommands() { return std::move(commands_); }

 private:
  // start.cc
  struct Beginning {
    std::shared_ptr<const Workflow> workflow;
    Json input;
    Json params;
    TaskRun* parent = nullptr;
    int index = 0;
    std::string id;
  };
  absl::Status Begin(Beginning beginning);
  absl::StatusOr<Json> EnvironmentOf(const Json& params) const;
  std::vector<NextStep> FirstSteps(const WorkflowRun& run) const;

  // reverse.cc: the tasks whose requirements are met.
  std::vector<NextStep> ReadySteps(const WorkflowRun& run) const;

  // route.cc
  absl::StatusOr<std::vector<NextStep>> StepsAfter(const TaskRun& task) const;
  absl::Status AddSteps(const TaskRun& task, const std::optional<Clause>& clause,
                        std::string_view event, std::vector<NextStep>& steps) const;
  void Dispatch(WorkflowRun& run, std::vector<NextStep> steps);
  void DispatchAll(WorkflowRun& run, std::vector<NextStep> steps);
  void SetRunState(WorkflowRun& run, const NextStep& step);

  // task.cc
  void RunTask(WorkflowRun& run, const NextStep& step);
  TaskRun& NewTask(WorkflowRun& run, const Task& spec, const NextStep& step);
  absl::Status StartTask(TaskRun& task, const Json& context);
  absl::Status RunAgain(TaskRun& task, const NextStep& step);
  void Continue(TaskRun& task);
  absl::Status Complete(TaskRun& task, State state, std::optional<std::string> info);
  void CompleteOrFail(TaskRun& task, State state, std::optional<std::string> info);
  absl::Status GoOnFrom(TaskRun& task);
  void SetTaskState(TaskRun& task, State state, std::optional<std::string> info);
  void FailByForce(TaskRun& task, const std::string& message);
  void FailRunning(TaskRun& task, const absl::Status& status);

  // publish.cc
  absl::Status PublishOf(TaskRun& task);

  // join.cc
  void Defer(WorkflowRun& run, const Task& spec, const NextStep& step);
  void AwaitRefresh(TaskRun& task);
  void RefreshJoins(WorkflowRun& run);
  void Refresh(TaskRun& task);

  // timers.cc
  void Wake(int64_t seconds, Timer timer);

  // attempt.cc
  absl::Status Schedule(TaskRun& task, const Json& context);
  absl::StatusOr<Json> InputOf(const TaskRun& task, const Json* item) const;
  absl::Status StartAttempt(TaskRun& task, int index, Json input, const Json& context);
  absl::Status AddOptions(const TaskRun& task, const Json& input, const Json& context,
                          StartAction& command) const;
  absl::Status Accept(const TaskRun& task, Attempt& attempt, const ActionDone& event) const;
  void HandleAttempt(TaskRun& task, const Attempt& attempt);
  absl::Status OnAttemptDone(TaskRun& task, const Attempt& attempt);
  void Invalidate(TaskRun& task);
  void CancelAttempts(TaskRun& task);

  // items.cc
  absl::StatusOr<std::vector<Json>> ItemContexts(const TaskRun& task) const;
  absl::Status ScheduleItems(TaskRun& task, const Json& context);
  absl::Status OnItemDone(TaskRun& task);

  // adhoc.cc
  struct Call {
    std::string name;    // as the workflow means it, in full
    std::string action;  // that runs
    Json input;          // of the latter
    std::vector<std::string> wrappers;
  };
  absl::StatusOr<Call> Resolve(const TaskRun& task, Json input, const Json& context) const;
  absl::Status Unwrap(const WorkflowRun& run, const AdHocAction& action, const Json& context,
                      Call& call) const;
  absl::Status CheckCall(const Call& call) const;
  std::shared_ptr<const AdHocAction> FindAdHoc(std::string_view workbook,
                                               const std::string& name) const;

  // subworkflow.cc
  absl::Status StartSubWorkflow(TaskRun& task, int index, Json input);
  absl::StatusOr<std::shared_ptr<const Workflow>> FindSubWorkflow(const TaskRun& task) const;
  std::vector<WorkflowRun*> ChildrenOf(const WorkflowRun& run) const;
  void TellParent(const WorkflowRun& run);

  // policies.cc
  absl::Status BeforeStart(TaskRun& task);
  absl::Status WaitBefore(TaskRun& task, const expr::Tree& delay);
  absl::Status LimitTime(TaskRun& task);
  absl::Status CheckLater(const TaskRun& task) const;
  absl::Status AfterComplete(TaskRun& task);
  absl::Status WaitAfter(TaskRun& task, const expr::Tree& delay);
  absl::Status RetryAgain(TaskRun& task, const Retry& policy);
  absl::StatusOr<bool> WantsRetry(const TaskRun& task, const Retry& policy) const;
  absl::StatusOr<int64_t> Seconds(const TaskRun& task, const expr::Tree& tree,
                                  std::string_view policy) const;
  absl::StatusOr<bool> Flag(const TaskRun& task, const expr::Tree& tree,
                            std::string_view policy) const;

  // finish.cc
  absl::Status ChangeState(WorkflowRun& run, State state, std::optional<std::string> info);
  void CheckCompletion(WorkflowRun& run);
  absl::Status FinishByTasks(WorkflowRun& run);
  Json FinalContext(const WorkflowRun& run) const;
  absl::StatusOr<Json> OutputOf(const WorkflowRun& run, const std::optional<expr::Tree>& clause,
                                const Json& context) const;
  absl::Status Succeed(WorkflowRun& run, const Json& context, std::optional<std::string> info);
  absl::Status Fail(WorkflowRun& run, const Json& context, std::optional<std::string> info);
  absl::Status Cancel(WorkflowRun& run, std::optional<std::string> info);
  absl::Status StopRun(WorkflowRun& run, State state, std::optional<std::string> info);
  void FailRunByForce(WorkflowRun& run, const std::string& message);
  std::string FailureText(const WorkflowRun& run) const;

  // control.cc
  absl::StatusOr<WorkflowRun*> Target(const std::string& execution_id) const;
  void PauseRun(WorkflowRun& run, std::optional<std::string> info);
  void ResumeRun(WorkflowRun& run);
  void CancelTree(WorkflowRun& run, std::optional<std::string> reason);
  std::vector<NextStep> StepsOnResume(WorkflowRun& run);
  void OnChildChanged(const WorkflowRun& child);
  void SetByAttempts(TaskRun& task);
  absl::Status SetEnvironment(WorkflowRun& run, const Json& env);

  // rerun.cc
  absl::StatusOr<TaskRun*> FailedTask(const std::string& task_id) const;
  absl::Status RunUpwards(WorkflowRun& run);

  // update.cc
  absl::Status UpdateAttempts(WorkflowRun& run);

  // scope.cc
  Scope TaskScope(const TaskRun& task, const Json* more) const;
  absl::StatusOr<Json> Evaluate(const expr::Tree& tree, const Scope& scope) const;
  absl::StatusOr<Json> EvaluateJson(const Json& json, const Scope& scope) const;
  absl::StatusOr<bool> Holds(const expr::Tree& tree, const Scope& scope) const;
  std::string NewId() const;

  ExecutionState& state_;
  const Library& library_;
  const absl::Time now_;
  std::vector<Command> commands_;
  // What Settle() looks at: executions that may be complete, that are, that were paused or resumed.
  std::vector<WorkflowRun*> touched_;
  std::vector<WorkflowRun*> ended_;
  std::vector<WorkflowRun*> changed_;
};

// The given input with the defaults. kInvalidArgument, in Mistral's words, where one is missing or
// unknown.
absl::StatusOr<Json> CompleteInput(const std::vector<InputParameter>& parameters, Json input,
                                   std::string_view name, std::string_view kind);
std::string_view SpecClass(const Workflow& workflow);
// The newest task of a name; nullptr where there is none.
TaskRun* LastOf(const WorkflowRun& run, std::string_view name);
bool LeadsOnTo(const TaskRun& task, std::string_view name);
// The tasks of a definition that may lead to a task.
std::vector<const Task*> Inbound(const Workflow& workflow, std::string_view name);
// Notes in a task what the steps say of it.
void NoteSteps(TaskRun& task, const std::vector<NextStep>& steps);
// What the tasks before have left for a join, or for a task of a reverse workflow.
Json UpstreamContext(const WorkflowRun& run, const Task& spec);
// The target of a reverse workflow's execution.
const Task& TargetOf(const WorkflowRun& run);

}  // namespace gregale::workflow::engine
