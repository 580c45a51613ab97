#include <algorithm>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "workflow/engine/stepper.h"
#include "workflow/workflow_input.h"

// How an execution begins.
namespace gregale::workflow::engine {
namespace {

std::string Quoted(std::string_view name) { return base::Cat("'", name, "'"); }

bool IsDeclared(const std::vector<InputParameter>& parameters, std::string_view name) {
  return std::any_of(parameters.begin(), parameters.end(),
                     [&](const InputParameter& p) { return p.name == name; });
}

}  // namespace

absl::StatusOr<Json> CompleteInput(const std::vector<InputParameter>& parameters, Json input,
                                   std::string_view name, std::string_view kind) {
  std::vector<std::string> missing;
  std::vector<std::string> unexpected;
  for (const auto& [key, value] : input.items()) {
    if (!IsDeclared(parameters, key)) unexpected.push_back(Quoted(key));
  }
  for (const InputParameter& parameter : parameters) {
    if (input.contains(parameter.name)) continue;
    if (parameter.fallback) {
      input[parameter.name] = *parameter.fallback;
    } else {
      missing.push_back(Quoted(parameter.name));
    }
  }
  if (missing.empty() && unexpected.empty()) return input;
  std::string message = base::Cat("Invalid input [name=", name, ", class=", kind);
  if (!missing.empty()) base::Append(message, ", missing=[", base::Join(missing, ", "), "]");
  if (!unexpected.empty()) {
    base::Append(message, ", unexpected=[", base::Join(unexpected, ", "), "]");
  }
  return absl::InvalidArgumentError(message + "]");
}

std::string_view SpecClass(const Workflow& workflow) {
  return workflow.type == Workflow::Type::kDirect ? "DirectWorkflowSpec" : "ReverseWorkflowSpec";
}

absl::StatusOr<Json> Stepper::EnvironmentOf(const Json& params) const {
  const auto given = params.find("env");
  if (given == params.end() || !IsTruthy(*given)) return Json::object();
  Json env = *given;
  if (env.is_string()) {
    std::optional<Json> stored = library_.FindEnvironment(env.get<std::string>());
    if (!stored) {
      return absl::InvalidArgumentError(
          base::Cat("Environment is not found: ", env.get<std::string>()));
    }
    env = *std::move(stored);
  }
  if (!env.is_object()) {
    return absl::InvalidArgumentError("Unexpected value type for environment");
  }
  const auto evaluate = params.find("evaluate_env");
  if (evaluate != params.end() && !IsTruthy(*evaluate)) return env;
  const Json data = {{"__env", env}};
  return expr::EvaluateRecursively(env, {.layers = {&data}});
}

absl::Status Stepper::On(const Start& event, std::shared_ptr<const Workflow> workflow) {
  if (!state_.runs.empty()) {
    return absl::FailedPreconditionError("the execution was started before");
  }
  const bool readable = (event.input.is_object() || event.input.is_null()) &&
                        (event.params.is_object() || event.params.is_null());
  if (!readable) {
    return absl::InvalidArgumentError("the input and the parameters of a workflow are objects");
  }
  state_.seed_high = event.seed_high;
  state_.seed_low = event.seed_low;
  Beginning beginning{.workflow = std::move(workflow),
                      .input = event.input.is_null() ? Json::object() : event.input,
                      .params = event.params.is_null() ? Json::object() : event.params,
                      .id = event.id};
  return Begin(std::move(beginning));
}

absl::Status Stepper::Begin(Beginning beginning) {
  const Workflow& workflow = *beginning.workflow;
  GREGALE_ASSIGN_OR_RETURN(Json input, CompleteInput(workflow.input, std::move(beginning.input),
                                                     workflow.name, SpecClass(workflow)));
  GREGALE_ASSIGN_OR_RETURN(Json env, EnvironmentOf(beginning.params));
  if (beginning.parent == nullptr) state_.environment = Json{{"__env", env}};

  auto run = std::make_unique<WorkflowRun>();
  run->id = beginning.id.empty() ? NewId() : std::move(beginning.id);
  run->workflow = std::move(beginning.workflow);
  if (beginning.parent != nullptr) run->parent_task_id = beginning.parent->id;
  run->index = beginning.index;
  run->input = std::move(input);
  run->params = std::move(beginning.params);
  run->params["env"] = std::move(env);
  run->params["namespace"] = std::string(library_.name_space());
  run->context["__execution"] = {{"id", run->id}};
  run->created_at = run->updated_at = now_;
  if (workflow.vars) {
    const Scope scope{.run = run.get(),
                      .layers = {&state_.environment, &run->context, &run->input}};
    GREGALE_ASSIGN_OR_RETURN(const Json vars, Evaluate(*workflow.vars, scope));
    MergeDeep(run->context, vars);
  }
  if (workflow.type == Workflow::Type::kReverse) {
    const auto target = run->params.find("task_name");
    if (target == run->params.end() || !target->is_string() ||
        workflow.FindTask(target->get_ref<const std::string&>()) == nullptr) {
      return absl::InvalidArgumentError(base::Cat(
          "Invalid task name [wf_spec=", workflow.name,
          ", task_name=", target == run->params.end() ? "None" : PythonText(*target), "]"));
    }
  }
  run->state = State::kRunning;
  WorkflowRun& begun = *state_.runs.emplace_back(std::move(run));
  touched_.push_back(&begun);
  Dispatch(begun, FirstSteps(begun));
  return absl::OkStatus();
}

std::vector<NextStep> Stepper::FirstSteps(const WorkflowRun& run) const {
  if (run.workflow->type == Workflow::Type::kReverse) return ReadySteps(run);
  std::vector<NextStep> steps;
  for (const Task& task : run.workflow->tasks) {
    if (Inbound(*run.workflow, task.name).empty()) steps.push_back({.name = task.name});
  }
  return steps;
}

}  // namespace gregale::workflow::engine

namespace gregale::workflow {

absl::Status CheckWorkflowInput(const Workflow& workflow, const base::Json& input) {
  return engine::CompleteInput(workflow.input, input, workflow.name, engine::SpecClass(workflow))
      .status();
}

}  // namespace gregale::workflow
