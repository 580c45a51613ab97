#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "workflow/expr/jinja/evaluator.h"
#include "workflow/expr/jinja/function.h"
#include "workflow/expr/mistral.h"

namespace gregale::workflow::expr::jinja {
namespace {

constexpr ListKind kKind = ListKind::kList;

// range(stop) or range(start, stop, step): here its items at once.
absl::StatusOr<Value> Range(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(int64_t next, call.Int(0, 0));
  int64_t stop = next;
  if (call.Has(1)) {
    GREGALE_ASSIGN_OR_RETURN(stop, call.Int(1, 0));
  } else {
    next = 0;
  }
  GREGALE_ASSIGN_OR_RETURN(const int64_t step, call.Int(2, 1));
  if (step == 0) return absl::InvalidArgumentError("range() arg 3 must not be zero");
  // Jinja's sandbox has the same bound.
  constexpr size_t kItemsMax = 100'000;
  std::vector<Value> items;
  while (step > 0 ? next < stop : next > stop) {
    GREGALE_RETURN_IF_ERROR(call.evaluation().Step());
    if (items.size() == kItemsMax) {
      return absl::ResourceExhaustedError(
          "Range too big. The sandbox blocks ranges larger than 100000.");
    }
    items.push_back(Value::Int(next));
    if (__builtin_add_overflow(next, step, &next)) break;
  }
  return call.heap().List(std::move(items), ListKind::kRange);
}

absl::StatusOr<Value> MakeDict(Call& call) {
  Dict dict;
  for (const auto& [name, value] : call.named) dict.Set(call.heap().String(name), value);
  return call.heap().NewDict(std::move(dict));
}

absl::StatusOr<Value> Env(Call& call) { return EnvironmentOf(call.evaluator.data()); }
absl::StatusOr<Value> Task(Call& call) { return TaskOf(call.evaluation(), call[0], kKind); }
absl::StatusOr<Value> Tasks(Call& call) {
  return TasksOf(call.evaluation(), call.arguments, kKind);
}
absl::StatusOr<Value> Execution(Call& call) { return ExecutionOf(call.evaluation(), kKind); }
absl::StatusOr<Value> Executions(Call& call) {
  return ExecutionsOf(call.evaluation(), call.arguments, kKind);
}
absl::StatusOr<Value> Global(Call& call) { return GlobalOf(call.evaluation(), call[0], kKind); }
absl::StatusOr<Value> Uuid(Call& call) { return NewUuidText(call.evaluation()); }
absl::StatusOr<Value> DumpJson(Call& call) { return JsonDump(call.evaluation(), call[0]); }
absl::StatusOr<Value> PrettyJson(Call& call) { return JsonPretty(call.evaluation(), call[0]); }
absl::StatusOr<Value> ParseJson(Call& call) { return JsonParse(call.evaluation(), call[0], kKind); }
absl::StatusOr<Value> DumpYaml(Call& call) { return YamlDump(call.evaluation(), call[0]); }
absl::StatusOr<Value> ParseYaml(Call& call) { return YamlParse(call.evaluation(), call[0], kKind); }

constexpr FunctionRow kGlobals[] = {
    {"range(start, stop=, step=)", &Range},
    {"dict(**)", &MakeDict},
    {"env()", &Env},
    {"task(task_name=)", &Task},
    {"tasks(workflow_execution_id=, recursive=, state=, flat=)", &Tasks},
    {"execution()", &Execution},
    {"executions(id=, root_execution_id=, state=, from_time=, to_time=)", &Executions},
    {"global(var_name)", &Global},
    {"uuid()", &Uuid},
    {"json_dump(data)", &DumpJson},
    {"json_pp(data)", &PrettyJson},
    {"json_parse(data)", &ParseJson},
    {"yaml_dump(data)", &DumpYaml},
    {"yaml_parse(data)", &ParseYaml},
};

// As filters, Mistral's functions take the value for their context. Only these make sense of it.
absl::StatusOr<Value> EnvOf(Call& call) { return EnvironmentOf(call[0]); }

absl::StatusOr<Value> NeedsData(Call&) {
  return absl::InvalidArgumentError(
      "missing 1 required positional argument: 'data': call it as a function");
}

constexpr FunctionRow kFilters[] = {
    {"env(value)", &EnvOf},
    {"uuid(value)", &Uuid},
    {"json_pp(value, data=)", &PrettyJson},
    {"json_dump(value)", &NeedsData},
    {"json_parse(value)", &NeedsData},
    {"yaml_dump(value)", &NeedsData},
    {"yaml_parse(value)", &NeedsData},
    {"task(value)", &NeedsData},
    {"tasks(value)", &NeedsData},
    {"execution(value)", &NeedsData},
    {"executions(value)", &NeedsData},
    {"global(value)", &NeedsData},
};

}  // namespace

std::span<const FunctionRow> Globals() { return kGlobals; }
std::span<const FunctionRow> MistralFilters() { return kFilters; }

}  // namespace gregale::workflow::expr::jinja
