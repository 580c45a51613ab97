#include "workflow/expr/yaql/function.h"

#include <array>
#include <charconv>

#include "absl/container/flat_hash_map.h"
#include "base/text.h"
#include "workflow/expr/bigint.h"
#include "workflow/expr/yaql/evaluator.h"

namespace gregale::workflow::expr::yaql {
namespace {

constexpr std::array<std::pair<std::string_view, Kind>, 16> kKindNames = {{
    {"any", Kind::kAny},
    {"str", Kind::kString},
    {"int", Kind::kInteger},
    {"num", Kind::kNumber},
    {"bool", Kind::kBool},
    {"iter", Kind::kIterable},
    {"iterator", Kind::kIterator},
    {"ordering", Kind::kOrdering},
    {"list", Kind::kList},
    {"dict", Kind::kDict},
    {"set", Kind::kSet},
    {"regex", Kind::kRegex},
    {"timespan", Kind::kTimespan},
    {"datetime", Kind::kDatetime},
    {"lambda", Kind::kLambda},
    {"rule", Kind::kRule},
}};

// The defaults in signatures: numbers, false, true, null.
std::optional<Value> ReadFallback(std::string_view text) {
  if (text.empty()) return std::nullopt;
  if (text == "null") return Value();
  if (text == "true" || text == "false") return Value::Bool(text == "true");
  int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return Value::Int(number);
}

// "name:kind", "*name:kind?", "name:kind=default"
Parameter ReadParameter(std::string_view text) {
  Parameter parameter;
  while (!text.empty() && text[0] == '*') {
    parameter.role =
        parameter.role == Parameter::Role::kOne ? Parameter::Role::kRest : Parameter::Role::kNamed;
    text.remove_prefix(1);
  }
  if (const size_t equals = text.find('='); equals != std::string_view::npos) {
    parameter.optional = true;
    parameter.fallback = ReadFallback(text.substr(equals + 1));
    text = text.substr(0, equals);
  }
  const size_t colon = text.find(':');
  parameter.name = std::string(text.substr(0, colon));
  std::string_view kind = text.substr(colon + 1);
  if (kind.ends_with('?')) {
    parameter.nullable = true;
    kind.remove_suffix(1);
  }
  for (const auto& [name, value] : kKindNames) {
    if (name == kind) parameter.kind = value;
  }
  if (parameter.kind == Kind::kAny || parameter.kind == Kind::kLambda) parameter.nullable = true;
  if (parameter.kind == Kind::kRule) parameter.role = Parameter::Role::kRules;
  return parameter;
}

Function ReadFunction(const FunctionRow& row) {
  Function function;
  function.native = row.native;
  std::string_view text = row.signature;
  const size_t space = text.find(' ');
  const std::string_view how = text.substr(0, space);
  function.is_function = how != "method";
  function.is_method = how != "fn";
  text.remove_prefix(space + 1);
  const size_t open = text.find('(');
  function.name = std::string(text.substr(0, open));
  const std::string_view parameters = text.substr(open + 1, text.size() - open - 2);
  for (std::string_view parameter : base::Split(parameters, ' ')) {
    if (parameter.empty()) continue;
    if (parameter.ends_with(',')) parameter.remove_suffix(1);
    function.parameters.push_back(ReadParameter(parameter));
  }
  return function;
}

using Table = absl::flat_hash_map<std::string, std::vector<Function>>;

Table ReadTables() {
  Table table;
  for (const std::span<const FunctionRow> rows :
       {SystemFunctions(), BranchingFunctions(), StringFunctions(), RegexFunctions(),
        MathFunctions(), DictFunctions(), SetFunctions(), ListFunctions(), QueryFunctions(),
        AggregateFunctions(), OrderingFunctions(), TimeFunctions(), MistralFunctions()}) {
    for (const FunctionRow& row : rows) {
      Function function = ReadFunction(row);
      std::string name = function.name;
      table[name].push_back(std::move(function));
    }
  }
  return table;
}

}  // namespace

std::span<const Function> FindFunctions(std::string_view name) {
  static const Table* const kTable = new Table(ReadTables());  // never destroyed
  const auto found = kTable->find(base::ToAbsl(name));
  if (found == kTable->end()) return {};
  return found->second;
}

bool Accepts(const Parameter& parameter, const Value& value) {
  if (value.is_null()) return parameter.nullable;
  switch (parameter.kind) {
    case Kind::kAny:
      return true;
    case Kind::kString:
      return value.Is(Type::kString);
    case Kind::kInteger:
      return value.is_integer() || value.Is(Type::kBool);
    case Kind::kNumber:
      return value.is_number();
    case Kind::kBool:
      return value.Is(Type::kBool);
    case Kind::kIterable:
      return value.Is(Type::kList) || value.Is(Type::kSet) || value.Is(Type::kSequence);
    case Kind::kIterator:
      return value.Is(Type::kSequence);
    case Kind::kOrdering:
      return value.Is(Type::kSequence) && value.sequence().is_ordering();
    case Kind::kList:
      return value.Is(Type::kList);
    case Kind::kDict:
      return value.Is(Type::kDict);
    case Kind::kSet:
      return value.Is(Type::kSet);
    case Kind::kRegex:
      return value.Is(Type::kRegex);
    case Kind::kTimespan:
      return value.Is(Type::kTimespan);
    case Kind::kDatetime:
      return value.Is(Type::kDatetime);
    case Kind::kLambda:
    case Kind::kRule:
      return false;
  }
  return false;
}

Evaluation& Call::evaluation() const { return evaluator.evaluation(); }
Heap& Call::heap() const { return evaluator.heap(); }

absl::StatusOr<int64_t> Call::Int(size_t i) const {
  const Value& value = arguments[i].value;
  if (value.Is(Type::kBool)) return value.bool_value() ? 1 : 0;
  if (value.Is(Type::kInt)) return value.int_value();
  return absl::OutOfRangeError("an integer of more than 64 bits");
}

absl::StatusOr<Value> Call::Apply(size_t i, std::span<const Value> values) const {
  return evaluator.Apply(arguments[i].lambda, values);
}

}  // namespace gregale::workflow::expr::yaql
