#include "workflow/expr/mistral.h"

#include <string>
#include <vector>

#include "workflow/expr/yaql/evaluator.h"
#include "workflow/expr/yaql/function.h"

namespace gregale::workflow::expr::yaql {
namespace {

constexpr ListKind kKind = ListKind::kTuple;

std::vector<Value> AllArguments(const Call& call) {
  std::vector<Value> values;
  for (const Argument& argument : call.arguments) values.push_back(argument.value);
  return values;
}

absl::StatusOr<Value> Env(Call& call) { return EnvironmentOf(call.evaluator.data()); }
absl::StatusOr<Value> Task(Call& call) { return TaskOf(call.evaluation(), call[0], kKind); }
absl::StatusOr<Value> Tasks(Call& call) {
  return TasksOf(call.evaluation(), AllArguments(call), kKind);
}
absl::StatusOr<Value> Execution(Call& call) { return ExecutionOf(call.evaluation(), kKind); }
absl::StatusOr<Value> Executions(Call& call) {
  return ExecutionsOf(call.evaluation(), AllArguments(call), kKind);
}
absl::StatusOr<Value> Global(Call& call) { return GlobalOf(call.evaluation(), call[0], kKind); }
absl::StatusOr<Value> Uuid(Call& call) { return NewUuidText(call.evaluation()); }
absl::StatusOr<Value> DumpJson(Call& call) { return JsonDump(call.evaluation(), call[0]); }
absl::StatusOr<Value> PrettyJson(Call& call) { return JsonPretty(call.evaluation(), call[0]); }
absl::StatusOr<Value> ParseJson(Call& call) { return JsonParse(call.evaluation(), call[0], kKind); }
absl::StatusOr<Value> DumpYaml(Call& call) { return YamlDump(call.evaluation(), call[0]); }
absl::StatusOr<Value> ParseYaml(Call& call) { return YamlParse(call.evaluation(), call[0], kKind); }

constexpr FunctionRow kRows[] = {
    {"fn env()", &Env},
    {"fn task(task_name:any=null)", &Task},
    {"fn tasks(workflow_execution_id:any=null, recursive:any=false, state:any=null, "
     "flat:any=false)",
     &Tasks},
    {"fn execution()", &Execution},
    {"fn executions(id:any=null, root_execution_id:any=null, state:any=null, from_time:any=null, "
     "to_time:any=null)",
     &Executions},
    {"fn global(var_name:any)", &Global},
    {"fn uuid()", &Uuid},
    {"fn json_dump(data:any)", &DumpJson},
    {"fn json_pp(data:any)", &PrettyJson},
    {"fn json_parse(data:any)", &ParseJson},
    {"fn yaml_dump(data:any)", &DumpYaml},
    {"fn yaml_parse(data:any)", &ParseYaml},
};

}  // namespace

std::span<const FunctionRow> MistralFunctions() { return kRows; }

}  // namespace gregale::workflow::expr::yaql
