#include "workflow/expr/jinja/function.h"

#include <initializer_list>

#include "absl/container/flat_hash_map.h"
#include "base/error.h"
#include "base/text.h"
#include "workflow/expr/jinja/evaluator.h"

namespace gregale::workflow::expr::jinja {
namespace {

using Table = absl::flat_hash_map<std::string, Function>;

Function ReadFunction(const FunctionRow& row) {
  Function function;
  function.native = row.native;
  const size_t open = row.signature.find('(');
  function.name = std::string(row.signature.substr(0, open));
  const std::string_view inside = row.signature.substr(open + 1, row.signature.size() - open - 2);
  for (std::string_view parameter : base::Split(inside, ' ')) {
    base::TakeSuffix(parameter, ",");
    if (parameter == "*") {
      function.takes_rest = true;
    } else if (parameter == "**") {
      function.takes_named = true;
    } else if (!parameter.empty()) {
      const bool optional = base::TakeSuffix(parameter, "=");
      function.parameters.emplace_back(std::string(parameter), optional);
    }
  }
  return function;
}

// Never destroyed, as all tables here.
const Table* ReadTables(std::initializer_list<std::span<const FunctionRow>> tables) {
  auto* table = new Table;
  for (const std::span<const FunctionRow> rows : tables) {
    for (const FunctionRow& row : rows) {
      Function function = ReadFunction(row);
      std::string name = function.name;
      (*table)[name] = std::move(function);
    }
  }
  return table;
}

const Function* Find(const Table& table, std::string_view name) {
  const auto found = table.find(base::ToAbsl(name));
  return found == table.end() ? nullptr : &found->second;
}

}  // namespace

const Function* FindFilter(std::string_view name) {
  static const Table* const kTable =
      ReadTables({TextFilters(), SequenceFilters(), SelectionFilters(), NumberFilters(),
                  MarkupFilters(), MistralFilters()});
  return Find(*kTable, name);
}

const Function* FindTest(std::string_view name) {
  static const Table* const kTable = ReadTables({Tests()});
  return Find(*kTable, name);
}

const Function* FindGlobal(std::string_view name) {
  static const Table* const kTable = ReadTables({Globals()});
  return Find(*kTable, name);
}

const Function* FindMethod(Type type, std::string_view name) {
  static const Table* const kTexts = ReadTables({TextMethods()});
  static const Table* const kLists = ReadTables({ListMethods()});
  static const Table* const kDicts = ReadTables({DictMethods()});
  if (type == Type::kString) return Find(*kTexts, name);
  if (type == Type::kList) return Find(*kLists, name);
  if (type == Type::kDict) return Find(*kDicts, name);
  return nullptr;
}

bool IsFilter(std::string_view name) { return FindFilter(name) != nullptr; }
bool IsTest(std::string_view name) { return FindTest(name) != nullptr; }

Evaluation& Call::evaluation() const { return evaluator.evaluation(); }
Heap& Call::heap() const { return evaluator.heap(); }

absl::StatusOr<int64_t> Call::Int(size_t i, int64_t fallback) const {
  if (!given[i]) return fallback;
  if (arguments[i].Is(Type::kInt)) return arguments[i].int_value();
  if (arguments[i].Is(Type::kBool)) return arguments[i].bool_value() ? 1 : 0;
  return absl::InvalidArgumentError(
      base::Cat("an integer is needed, not a value of type ", TypeName(arguments[i])));
}

absl::StatusOr<std::string> Call::Text(size_t i, std::string_view fallback) const {
  if (!given[i]) return std::string(fallback);
  return evaluator.TextOf(arguments[i]);
}

absl::StatusOr<Value> Invoke(Evaluator& evaluator, const Function& function,
                             std::span<const Value> positional,
                             std::span<const std::pair<std::string, Value>> named) {
  Call call(evaluator);
  const size_t count = function.parameters.size();
  call.arguments.resize(count);
  call.given.resize(count);
  for (size_t i = 0; i < positional.size(); ++i) {
    if (i < count) {
      call.arguments[i] = positional[i];
      call.given[i] = true;
    } else if (function.takes_rest) {
      call.rest.push_back(positional[i]);
    } else {
      return absl::InvalidArgumentError(base::Cat(function.name, "() takes ", count,
                                                  " positional arguments but ", positional.size(),
                                                  " were given"));
    }
  }
  for (const auto& [name, value] : named) {
    size_t i = 0;
    while (i < count && function.parameters[i].first != name) ++i;
    if (i < count && !call.given[i]) {
      call.arguments[i] = value;
      call.given[i] = true;
    } else if (i == count && function.takes_named) {
      call.named.emplace_back(name, value);
    } else {
      return absl::InvalidArgumentError(
          base::Cat(function.name, "() got an unexpected keyword argument '", name, "'"));
    }
  }
  for (size_t i = 0; i < count; ++i) {
    if (call.given[i] || function.parameters[i].second) continue;
    return absl::InvalidArgumentError(base::Cat(function.name,
                                                "() missing 1 required positional argument: '",
                                                function.parameters[i].first, "'"));
  }
  return function.native(call);
}

}  // namespace gregale::workflow::expr::jinja
