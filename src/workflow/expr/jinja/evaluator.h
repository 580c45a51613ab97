#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "workflow/expr/ast.h"
#include "workflow/expr/evaluation.h"
#include "workflow/expr/jinja/function.h"
#include "workflow/expr/jinja/statements.h"
#include "workflow/expr/value.h"

namespace gregale::workflow::expr::jinja {

// Evaluates Jinja expressions and renders templates within one evaluation, which it borrows
// together with the trees. A name or attribute that is not there gives an undefined value, which
// most uses refuse.
class Evaluator {
 public:
  // `_` is `data`.
  Evaluator(Evaluation& evaluation, const Value& data) : evaluation_(evaluation), data_(data) {}

  Evaluation& evaluation() { return evaluation_; }
  Heap& heap() { return evaluation_.heap(); }
  const Value& data() const { return data_; }

  // The value of an expression; an undefined one is an error.
  absl::StatusOr<Value> Run(const Program& program);
  // The text of a template; kResourceExhausted beyond kExpressionStringBytesMax.
  absl::StatusOr<std::string> Render(const Document& document);

  // Python's str(); an undefined value is an error.
  absl::StatusOr<std::string> TextOf(const Value& value);
  // a.name and a[key], as Jinja looks them up: an undefined value where there is nothing.
  absl::StatusOr<Value> Attribute(const Value& object, std::string_view name);
  absl::StatusOr<Value> Item(const Value& object, const Value& key);
  // "a.b.0": attributes one after the other.
  absl::StatusOr<Value> AttributePath(const Value& object, const Value& path);
  absl::StatusOr<Value> CallFilter(std::string_view name, std::span<const Value> arguments,
                                   std::span<const std::pair<std::string, Value>> named);
  absl::StatusOr<bool> CallTest(std::string_view name, std::span<const Value> arguments);

  Value Undefined(std::string message);

 private:
  using Names = std::vector<std::pair<std::string, Value>>;

  absl::StatusOr<Value> Evaluate(const Node& node);
  absl::StatusOr<Value> Lookup(const Node& node);
  absl::StatusOr<Value> EvaluateList(const Node& node);
  absl::StatusOr<Value> EvaluateDict(const Node& node);
  absl::StatusOr<Value> EvaluateConditional(const Node& node);
  absl::StatusOr<Value> EvaluateCompare(const Node& node);
  absl::StatusOr<Value> EvaluateConcat(const Node& node);
  absl::StatusOr<Value> EvaluateIndex(const Node& node);
  absl::StatusOr<Value> EvaluateCall(const Node& node);
  absl::StatusOr<Value> EvaluateFilter(const Node& node);
  absl::StatusOr<Value> EvaluateTest(const Node& node);
  absl::StatusOr<bool> Condition(const Node& node);
  absl::Status Arguments(const Node& node, std::vector<Value>& positional, Names& named);
  absl::StatusOr<Value> Slice(const Value& object, const Node& slice);

  absl::Status RenderBody(const Body& body, std::string& out);
  absl::Status RenderStatement(const Statement& statement, std::string& out);
  absl::Status RenderFor(const Statement& statement, std::string& out);
  absl::Status RenderSet(const Statement& statement);
  absl::Status Assign(const std::vector<std::string>& targets, const Value& value);
  Value LoopVariable(const std::vector<Value>& items, size_t index, int64_t depth);

  Evaluation& evaluation_;
  const Value data_;
  Names variables_;  // inner ones behind outer ones
  int64_t loops_ = 0;
};

// kInvalidArgument with an undefined value's own message; OK for any other.
absl::Status CheckDefined(const Value& value);

}  // namespace gregale::workflow::expr::jinja
