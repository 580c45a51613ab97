#include <algorithm>

#include "base/error.h"
#include "workflow/engine/stepper.h"

// What tasks publish, and what later tasks see of it.
namespace gregale::workflow::engine {
namespace {

std::vector<const TaskRun*> Upstream(const WorkflowRun& run, const Task& spec) {
  std::vector<const TaskRun*> upstream;
  for (const auto& task : run.tasks) {
    if (run.workflow->type == Workflow::Type::kReverse) {
      const bool required =
          std::any_of(spec.requirements.begin(), spec.requirements.end(),
                      [&](const Requirement& r) { return r.task == task->spec->name; });
      if (required && task->state == State::kSuccess) upstream.push_back(task.get());
    } else if (spec.join && IsCompleted(task->state) && LeadsOnTo(*task, spec.name)) {
      upstream.push_back(task.get());
    }
  }
  return upstream;
}

}  // namespace

absl::Status Stepper::PublishOf(TaskRun& task) {
  if (task.state != State::kSuccess && task.state != State::kError) return absl::OkStatus();
  WorkflowRun& run = *task.run;
  const Publish& publish =
      task.state == State::kSuccess ? task.spec->publish : task.spec->publish_on_error;
  const Scope scope{.run = &run,
                    .task = &task,
                    .layers = {&task.in_context, &state_.environment, &run.context, &run.input}};
  if (publish.branch) {
    GREGALE_ASSIGN_OR_RETURN(task.published, Evaluate(*publish.branch, scope));
  }
  if (publish.global) {
    GREGALE_ASSIGN_OR_RETURN(const Json global, Evaluate(*publish.global, scope));
    MergeDeep(run.context, global);
  }
  return absl::OkStatus();
}

Json UpstreamContext(const WorkflowRun& run, const Task& spec) {
  Json context = Json::object();
  Json published = Json::object();
  for (const TaskRun* task : Upstream(run, spec)) {
    MergeDeep(published, task->published);
    MergeDeep(context, OutboundContext(*task));
  }
  MergeDeep(context, published);
  return context;
}

bool LeadsOnTo(const TaskRun& task, std::string_view name) {
  return std::any_of(task.next.begin(), task.next.end(),
                     [&](const auto& next) { return next.first == name; });
}

}  // namespace gregale::workflow::engine
