#include <string>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "workflow/expr/yaql/evaluator.h"
#include "workflow/expr/yaql/function.h"
#include "workflow/expr/yaql/sequences.h"

namespace gregale::workflow::expr::yaql {
namespace {

Value ContextValue(Scope* scope) { return Value::Of(Type::kContext, scope); }

Scope* ScopeWith(Call& call, const std::vector<Argument>& values) {
  Scope* scope = call.evaluator.NewScope(call.scope);
  for (size_t i = 0; i < values.size(); ++i) scope->Set(base::Cat(i + 1), values[i].value);
  return scope;
}

absl::StatusOr<Value> With(Call& call) { return ContextValue(ScopeWith(call, call.rest)); }

absl::StatusOr<Value> Let(Call& call) {
  Scope* scope = ScopeWith(call, call.rest);
  for (const auto& [name, argument] : call.named) scope->Set(name, argument.value);
  return ContextValue(scope);
}

absl::StatusOr<Value> Def(Call& call) {
  // The function sees itself.
  Scope* scope = call.evaluator.NewScope(call.scope);
  Lambda function = call.arguments[1].lambda;
  function.scope = scope;
  scope->Define(call[0].string(), function);
  return ContextValue(scope);
}

absl::StatusOr<Value> Unpack(Call& call) {
  Reader reader(call.evaluation(), call[0]);
  std::vector<Value> items;
  Value item;
  while (true) {
    GREGALE_ASSIGN_OR_RETURN(const bool more, reader.Next(item));
    if (!more) break;
    items.push_back(item);
    if (!call.rest.empty() && items.size() > call.rest.size()) break;
  }
  if (!call.rest.empty() && items.size() != call.rest.size()) {
    return absl::InvalidArgumentError(
        base::Cat("Cannot unpack ", items.size(), " elements into ", call.rest.size()));
  }
  Scope* scope = call.evaluator.NewScope(call.scope);
  for (size_t i = 0; i < items.size(); ++i) {
    scope->Set(call.rest.empty() ? base::Cat(i + 1) : call.rest[i].value.string(), items[i]);
  }
  return ContextValue(scope);
}

absl::StatusOr<Value> Assert(Call& call) {
  const Value object = Memorized(call[0], call.evaluation());
  GREGALE_ASSIGN_OR_RETURN(const Value holds, call.Apply(1, object));
  if (Truthy(holds)) return object;
  return absl::FailedPreconditionError(call.Has(2) ? call[2].string() : "Assertion failed");
}

absl::StatusOr<Value> CallFunction(Call& call) {
  return call.evaluator.CallByName(call[0].string(), call[1].items(), call[2].dict(), call.scope);
}

constexpr FunctionRow kRows[] = {
    {"fn with(*args:any)", &With},
    {"fn let(*args:any, **values:any)", &Let},
    {"fn def(name:str, func:lambda)", &Def},
    {"method unpack(sequence:iter, *args:str)", &Unpack},
    {"method assert(obj:any, condition:lambda, message:str=)", &Assert},
    {"fn call(name:str, args:list, kwargs:dict)", &CallFunction},
};

}  // namespace

std::span<const FunctionRow> SystemFunctions() { return kRows; }

}  // namespace gregale::workflow::expr::yaql
