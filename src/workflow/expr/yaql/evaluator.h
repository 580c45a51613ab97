#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "workflow/expr/ast.h"
#include "workflow/expr/evaluation.h"
#include "workflow/expr/value.h"
#include "workflow/expr/yaql/function.h"
#include "workflow/expr/yaql/scope.h"

namespace gregale::workflow::expr::yaql {

// Evaluates the trees of YAQL expressions within one evaluation, which it borrows together with the
// programs.
class Evaluator {
 public:
  explicit Evaluator(Evaluation& evaluation) : evaluation_(evaluation) {}

  Evaluation& evaluation() { return evaluation_; }
  Heap& heap() { return evaluation_.heap(); }
  // What `$` is outside of every lambda.
  const Value& data() const { return data_; }

  // The value of an expression whose `$` is `data`, lazy sequences read.
  absl::StatusOr<Value> Run(const Program& program, const Value& data);

  absl::StatusOr<Value> Evaluate(const Node& node, Scope* scope);
  absl::StatusOr<Value> Apply(const Lambda& lambda, std::span<const Value> values);
  // Calls a lambda in the given scope instead of a new one.
  absl::StatusOr<Value> ApplyIn(const Lambda& lambda, Scope* scope);

  // Calls a function by name with values.
  absl::StatusOr<Value> CallByName(std::string_view name, std::span<const Value> values,
                                   const Dict& named, Scope* scope);

  // object.name, where `name` is text.
  absl::StatusOr<Value> Property(const Value& object, const Value& name);

  Scope* NewScope(const Scope* parent) { return heap().Make<Scope>(parent); }

 private:
  // What a call is made from: nodes that are not yet evaluated, or values.
  struct Actual {
    const Node* node = nullptr;
    bool given = false;
    bool evaluated = false;
    bool used = false;
    Value value;
  };
  struct Actuals {
    std::vector<Actual> positional;  // a receiver is the first
    std::vector<std::pair<const Node*, Actual>> named;
    bool has_receiver = false;
  };

  absl::StatusOr<Value> EvaluateList(const Node& node, Scope* scope);
  absl::StatusOr<Value> EvaluateDict(const Node& node, Scope* scope);
  absl::StatusOr<Value> EvaluateIndex(const Node& node, Scope* scope);
  absl::StatusOr<Value> EvaluateBinary(const Node& node, Scope* scope);
  absl::StatusOr<Value> EvaluateMember(const Node& node, Scope* scope);
  absl::StatusOr<Value> EvaluateCall(const Node& node, const Value* receiver, Scope* scope);

  absl::StatusOr<Value> CallDefined(const Lambda& function, const Node& node, Scope* scope);
  absl::StatusOr<Value> CallOverload(std::string_view name, Actuals actuals, Scope* scope);
  // Whether the arguments fit the parameters; fills the call. Evaluates what is not lazy, once for
  // all overloads.
  absl::StatusOr<bool> Bind(const Function& function, Actuals& actuals, Call& call);
  static bool Choose(const Function& function, Actuals& actuals, std::vector<Actual*>& chosen);
  absl::StatusOr<bool> BindOne(const Parameter& parameter, Actual& actual, Scope* scope,
                               Argument& argument);
  absl::StatusOr<bool> BindMany(const Parameter& parameter, size_t first, Actuals& actuals,
                                Call& call);

  Evaluation& evaluation_;
  Value data_;
};

}  // namespace gregale::workflow::expr::yaql
