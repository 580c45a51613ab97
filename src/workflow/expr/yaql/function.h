#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "workflow/expr/evaluation.h"
#include "workflow/expr/value.h"
#include "workflow/expr/yaql/scope.h"

// The functions of YAQL: tables of signatures and what they call.
namespace gregale::workflow::expr::yaql {

class Evaluator;

// What a parameter accepts.
enum class Kind : uint8_t {
  kAny,
  kString,
  kInteger,
  kNumber,
  kBool,
  kIterable,  // list, set, lazy sequence; no string, no dict
  kIterator,  // a lazy sequence
  kOrdering,  // what orderBy() gives
  kList,
  kDict,
  kSet,
  kRegex,
  kTimespan,
  kDatetime,
  kLambda,  // not evaluated
  kRule,    // a => b, not evaluated
};

struct Parameter {
  enum class Role : uint8_t { kOne, kRest, kNamed, kRules };  // x, *x, **x, *x:rule
  std::string name;
  Kind kind = Kind::kAny;
  Role role = Role::kOne;
  bool nullable = false;
  bool optional = false;
  // Of an optional one; nothing: the function looks whether it was given.
  std::optional<Value> fallback;
};

// One argument as a function gets it: a value, or a lambda; neither where it was left out.
struct Argument {
  bool given = false;
  Value value;
  Lambda lambda;
};

// One call. Arguments are in the order of the signature.
class Call {
 public:
  Call(Evaluator& caller, Scope* call_scope) : evaluator(caller), scope(call_scope) {}

  Evaluation& evaluation() const;
  Heap& heap() const;

  const Value& operator[](size_t i) const { return arguments[i].value; }
  bool Has(size_t i) const { return arguments[i].given; }
  // A number given as a parameter of kind kInteger; kOutOfRange beyond 64 bits.
  absl::StatusOr<int64_t> Int(size_t i) const;

  // Calls the i-th argument, a lambda, with `values` as $1, $2, ...; `$` is `$1`.
  absl::StatusOr<Value> Apply(size_t i, std::span<const Value> values) const;
  absl::StatusOr<Value> Apply(size_t i, const Value& value) const {
    return Apply(i, std::span(&value, 1));
  }

  Evaluator& evaluator;
  Scope* scope;
  std::vector<Argument> arguments;
  std::vector<Argument> rest;
  std::vector<std::pair<std::string, Argument>> named;
  std::vector<std::pair<Lambda, Lambda>> rules;
};

using Native = absl::StatusOr<Value> (*)(Call&);

// A row of a table. `signature` reads like "both substring(string:str, start:int, length:int=-1)":
// how it may be called (fn, method, both), its name, its parameters with kind and default; "?"
// behind a kind admits null; "*" and
// "**" before a name take the remaining arguments. A parameter with "=" and nothing behind it may
// be left out.
struct FunctionRow {
  std::string_view signature;
  Native native;
};

struct Function {
  std::string name;
  bool is_function = false;
  bool is_method = false;
  std::vector<Parameter> parameters;
  Native native = nullptr;
};

// The overloads of a name; empty where it is unknown. The tables are read once.
std::span<const Function> FindFunctions(std::string_view name);

// The tables, one file each.
std::span<const FunctionRow> SystemFunctions();
std::span<const FunctionRow> BranchingFunctions();
std::span<const FunctionRow> StringFunctions();
std::span<const FunctionRow> RegexFunctions();
std::span<const FunctionRow> MathFunctions();
std::span<const FunctionRow> DictFunctions();
std::span<const FunctionRow> SetFunctions();
std::span<const FunctionRow> ListFunctions();
std::span<const FunctionRow> QueryFunctions();
std::span<const FunctionRow> AggregateFunctions();
std::span<const FunctionRow> OrderingFunctions();
std::span<const FunctionRow> TimeFunctions();
std::span<const FunctionRow> MistralFunctions();

// Whether a value may be given for a parameter.
bool Accepts(const Parameter& parameter, const Value& value);

}  // namespace gregale::workflow::expr::yaql
