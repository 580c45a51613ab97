#include "executor/run_spec.h"

#include <string>

#include "base/error.h"
#include "base/limits.h"
#include "executor/error_text.h"
#include "rpc/struct_json.h"

namespace gregale::executor {

absl::StatusOr<RunSpec> MakeRunSpec(const v1::ActionSpec& spec, const std::string& vnf_id,
                                    ActionRunner& runner) {
  RunSpec result{.vnf_id = vnf_id};
  switch (spec.what_case()) {
    case v1::ActionSpec::kWorkflow: {
      const std::string& definition = spec.workflow().definition();
      if (definition.size() > base::kWorkflowBytesMax) {
        return base::InvalidInput("spec.workflow.definition",
                                  base::Cat("more than ", base::kWorkflowBytesMax, " bytes"));
      }
      auto workflow = runner.ParseWorkflow(definition, spec.workflow().name(), vnf_id);
      if (!workflow.ok()) {
        return base::InvalidInput("spec.workflow", ErrorText(workflow.status()));
      }
      result.workflow = std::move(workflow->workflow);
      result.plan = std::move(workflow->plan);
      break;
    }
    case v1::ActionSpec::kAction:
      result.action = spec.action();
      break;
    case v1::ActionSpec::WHAT_NOT_SET:
      return base::InvalidInput("spec", "names neither a workflow nor an action");
  }
  auto input = rpc::ToJson(spec.input());
  if (!input.ok()) {
    return base::InvalidInput("spec.input", ErrorText(input.status()));
  }
  result.input = *std::move(input);
  return result;
}

}  // namespace gregale::executor
