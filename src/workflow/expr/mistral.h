#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "workflow/expr/evaluation.h"
#include "workflow/expr/value.h"

// Mistral's own functions, the same in both languages. Lists in their results are of `kind`.
namespace gregale::workflow::expr {

absl::StatusOr<Value> TaskOf(Evaluation& evaluation, const Value& name, ListKind kind);
absl::StatusOr<Value> TasksOf(Evaluation& evaluation, const std::vector<Value>& arguments,
                              ListKind kind);
absl::StatusOr<Value> ExecutionOf(Evaluation& evaluation, ListKind kind);
absl::StatusOr<Value> ExecutionsOf(Evaluation& evaluation, const std::vector<Value>& arguments,
                                   ListKind kind);
absl::StatusOr<Value> GlobalOf(Evaluation& evaluation, const Value& name, ListKind kind);
absl::StatusOr<Value> NewUuidText(Evaluation& evaluation);

// The environment, which the data carries under "__env"; null where it does not.
Value EnvironmentOf(const Value& data);

// json_dump(), indented by four; json_pp() also turns "\n" within texts into ends of lines.
absl::StatusOr<Value> JsonDump(Evaluation& evaluation, const Value& data);
absl::StatusOr<Value> JsonPretty(Evaluation& evaluation, const Value& data);
absl::StatusOr<Value> JsonParse(Evaluation& evaluation, const Value& text, ListKind kind);
absl::StatusOr<Value> YamlDump(Evaluation& evaluation, const Value& data);
absl::StatusOr<Value> YamlParse(Evaluation& evaluation, const Value& text, ListKind kind);

}  // namespace gregale::workflow::expr
