#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "workflow/expr/evaluation.h"
#include "workflow/expr/value.h"

// What Jinja expressions can call: filters, tests, methods of values and global functions. All are
// tables of signatures and what they call.
namespace gregale::workflow::expr::jinja {

class Evaluator;

// The arguments of one call, in the order of the signature.
class Call {
 public:
  explicit Call(Evaluator& caller) : evaluator(caller) {}

  Evaluation& evaluation() const;
  Heap& heap() const;

  const Value& operator[](size_t i) const { return arguments[i]; }
  bool Has(size_t i) const { return given[i]; }
  // kInvalidArgument where it is something else.
  absl::StatusOr<int64_t> Int(size_t i, int64_t fallback) const;
  absl::StatusOr<std::string> Text(size_t i, std::string_view fallback) const;
  bool Flag(size_t i, bool fallback) const { return given[i] ? Truthy(arguments[i]) : fallback; }

  Evaluator& evaluator;
  std::vector<Value> arguments;
  std::vector<bool> given;
  std::vector<Value> rest;                           // behind the named parameters
  std::vector<std::pair<std::string, Value>> named;  // of no parameter
};

using Native = absl::StatusOr<Value> (*)(Call&);

// A row of a table: "name(a, b=, *, **)". "b=" may be left out; "*" and "**" take what is left. The
// first parameter of a filter, a test or a method is the value that it is applied to.
struct FunctionRow {
  std::string_view signature;
  Native native;
};

struct Function {
  std::string name;
  std::vector<std::pair<std::string, bool>> parameters;  // name, may be left out
  bool takes_rest = false;
  bool takes_named = false;
  Native native = nullptr;
};

// nullptr where there is none.
const Function* FindFilter(std::string_view name);
const Function* FindTest(std::string_view name);
const Function* FindGlobal(std::string_view name);
const Function* FindMethod(Type type, std::string_view name);

bool IsFilter(std::string_view name);
bool IsTest(std::string_view name);

// Puts positional and named arguments in their places and calls.
absl::StatusOr<Value> Invoke(Evaluator& evaluator, const Function& function,
                             std::span<const Value> positional,
                             std::span<const std::pair<std::string, Value>> named);

// The tables, one file each.
std::span<const FunctionRow> TextFilters();
std::span<const FunctionRow> SequenceFilters();
std::span<const FunctionRow> SelectionFilters();
std::span<const FunctionRow> NumberFilters();
std::span<const FunctionRow> MarkupFilters();
std::span<const FunctionRow> Tests();
std::span<const FunctionRow> Globals();
std::span<const FunctionRow> MistralFilters();
std::span<const FunctionRow> TextMethods();
std::span<const FunctionRow> ListMethods();
std::span<const FunctionRow> DictMethods();

}  // namespace gregale::workflow::expr::jinja
