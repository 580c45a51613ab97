#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "workflow/engine/stepper.h"

// Which action a task calls; ad-hoc actions are followed to the action that runs.
namespace gregale::workflow::engine {

std::shared_ptr<const AdHocAction> Stepper::FindAdHoc(std::string_view workbook,
                                                      const std::string& name) const {
  if (!workbook.empty()) {
    auto own = library_.FindAdHocAction(base::Cat(workbook, ".", name));
    if (own != nullptr) return own;
  }
  return library_.FindAdHocAction(name);
}

absl::StatusOr<Stepper::Call> Stepper::Resolve(const TaskRun& task, Json input,
                                               const Json& context) const {
  GREGALE_ASSIGN_OR_RETURN(const Json name, Evaluate(task.spec->target, TaskScope(task, nullptr)));
  Call call{.name = IsTruthy(name) ? PythonText(name) : "std.noop", .input = std::move(input)};
  const auto adhoc = FindAdHoc(task.run->workflow->workbook, call.name);
  if (adhoc != nullptr) {
    call.name = adhoc->name;
    GREGALE_RETURN_IF_ERROR(Unwrap(*task.run, *adhoc, context, call));
    return call;
  }
  call.action = call.name;
  GREGALE_RETURN_IF_ERROR(CheckCall(call));
  return call;
}

absl::Status Stepper::CheckCall(const Call& call) const {
  const absl::Status checked = library_.CheckAction(call.action, call.input);
  if (!absl::IsNotFound(checked)) return checked;
  return absl::InvalidArgumentError(base::Cat("Failed to find action [action_name=", call.action,
                                              ", namespace=", library_.name_space(), "]"));
}

// Replaces an ad-hoc action by its base, again and again.
absl::Status Stepper::Unwrap(const WorkflowRun& run, const AdHocAction& action, const Json& context,
                             Call& call) const {
  if (call.wrappers.size() >= base::kAdHocDepthMax) {
    return absl::InvalidArgumentError(
        base::Cat("An ad-hoc action cannot use itself: ", action.name));
  }
  GREGALE_ASSIGN_OR_RETURN(Json input,
                           CompleteInput(action.input, std::move(call.input), action.name,
                                         "mistral.actions.adhoc.AdHocAction"));
  call.wrappers.push_back(action.name);
  const Scope scope{.run = &run, .layers = {&input, &context, &state_.environment, &run.context}};
  const auto failed = [&](const absl::Status& why) {
    return absl::InvalidArgumentError(
        base::Cat("Failed to instantiate an action [action_desc=AdHoc action [name=", action.name,
                  "], input_dict=", PythonText(input), "]: ", base::FromAbsl(why.message())));
  };
  absl::StatusOr<Json> base_input = Evaluate(action.base_input, scope);
  if (!base_input.ok()) return failed(base_input.status());
  call.input = base_input->is_null() ? Json::object() : *std::move(base_input);
  call.action = action.base;
  const auto base = FindAdHoc(action.workbook, action.base);
  const absl::Status status = base != nullptr ? Unwrap(run, *base, context, call) : CheckCall(call);
  return status.ok() ? status : failed(status);
}

}  // namespace gregale::workflow::engine
