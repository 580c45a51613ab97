#include "workflow/engine/values.h"

#include "base/limits.h"
#include "workflow/expr/json_value.h"
#include "workflow/expr/python_text.h"

namespace gregale::workflow::engine {

using base::Json;

bool IsTruthy(const Json& value) {
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number()) return value.get<double>() != 0;
  if (value.is_string()) return !value.get_ref<const std::string&>().empty();
  return !value.empty();
}

std::string PythonText(const Json& value) {
  expr::Heap heap(base::kExpressionHeapBytesMax);
  return expr::Str(expr::FromJson(value, expr::ListKind::kList, heap));
}

void MergeDeep(Json& target, const Json& more) {
  for (const auto& [key, value] : more.items()) {
    const auto old = target.find(key);
    if (old != target.end() && old->is_object() && value.is_object()) {
      MergeDeep(*old, value);
    } else {
      target[key] = value;
    }
  }
}

void FillDeep(Json& target, const Json& more) {
  for (const auto& [key, value] : more.items()) {
    const auto old = target.find(key);
    if (old == target.end()) {
      target[key] = value;
    } else if (old->is_object() && value.is_object()) {
      FillDeep(*old, value);
    }
  }
}

void MergeInto(Json& target, const Json& source) {
  for (const auto& [key, value] : source.items()) target[key] = value;
}

Json OutboundContext(const TaskRun& task) {
  Json context = task.in_context;
  MergeInto(context, task.published);
  return context;
}

}  // namespace gregale::workflow::engine
