#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "workflow/expr/jinja/evaluator.h"
#include "workflow/expr/jinja/function.h"

// map, select, reject and their like: filters that take the name of a filter or of a test.
namespace gregale::workflow::expr::jinja {
namespace {

absl::StatusOr<Value> NamedArgument(const Call& call, std::string_view name) {
  for (const auto& [other, value] : call.named) {
    if (other == name) return value;
  }
  return absl::NotFoundError("");
}

absl::StatusOr<Value> MapAttribute(Call& call, const Value& item, const Value& attribute) {
  GREGALE_ASSIGN_OR_RETURN(Value value, call.evaluator.AttributePath(item, attribute));
  if (!value.Is(Type::kUndefined)) return value;
  const absl::StatusOr<Value> fallback = NamedArgument(call, "default");
  return fallback.ok() ? *fallback : value;
}

// map(attribute="a") or map("filter", arguments...)
absl::StatusOr<Value> Map(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const std::vector<Value> items, ReadAll(call.evaluation(), call[0]));
  const absl::StatusOr<Value> attribute = NamedArgument(call, "attribute");
  if (call.rest.empty() && !attribute.ok()) {
    return absl::InvalidArgumentError("map requires a filter argument");
  }
  std::vector<Value> mapped;
  for (const Value& item : items) {
    if (call.rest.empty()) {
      GREGALE_ASSIGN_OR_RETURN(const Value value, MapAttribute(call, item, *attribute));
      mapped.push_back(value);
      continue;
    }
    if (!call.rest[0].Is(Type::kString)) {
      return absl::InvalidArgumentError("map: the name of a filter is needed");
    }
    std::vector<Value> arguments = {item};
    arguments.insert(arguments.end(), call.rest.begin() + 1, call.rest.end());
    GREGALE_ASSIGN_OR_RETURN(
        const Value value, call.evaluator.CallFilter(call.rest[0].string(), arguments, call.named));
    mapped.push_back(value);
  }
  return call.heap().List(std::move(mapped));
}

// Keeps the items for which the test gives `wanted`; the test's name is call.rest[first], without
// one: bool().
absl::StatusOr<Value> Keep(Call& call, size_t first, bool wanted) {
  GREGALE_ASSIGN_OR_RETURN(const std::vector<Value> items, ReadAll(call.evaluation(), call[0]));
  if (call.rest.size() < first) {
    return absl::InvalidArgumentError("Missing parameter for attribute name");
  }
  std::vector<Value> kept;
  for (const Value& item : items) {
    Value subject = item;
    if (first == 1) {
      GREGALE_ASSIGN_OR_RETURN(subject, call.evaluator.AttributePath(item, call.rest[0]));
    }
    bool verdict = false;
    if (call.rest.size() == first) {
      GREGALE_RETURN_IF_ERROR(CheckDefined(subject));
      verdict = Truthy(subject);
    } else {
      if (!call.rest[first].Is(Type::kString)) {
        return absl::InvalidArgumentError("the name of a test is needed");
      }
      std::vector<Value> arguments = {subject};
      arguments.insert(arguments.end(), call.rest.begin() + static_cast<ptrdiff_t>(first) + 1,
                       call.rest.end());
      GREGALE_ASSIGN_OR_RETURN(verdict,
                               call.evaluator.CallTest(call.rest[first].string(), arguments));
    }
    if (verdict == wanted) kept.push_back(item);
  }
  return call.heap().List(std::move(kept));
}

absl::StatusOr<Value> Select(Call& call) { return Keep(call, 0, true); }
absl::StatusOr<Value> Reject(Call& call) { return Keep(call, 0, false); }
absl::StatusOr<Value> SelectAttribute(Call& call) { return Keep(call, 1, true); }
absl::StatusOr<Value> RejectAttribute(Call& call) { return Keep(call, 1, false); }

absl::StatusOr<Value> Attribute(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const std::string name, call.Text(1, ""));
  return call.evaluator.Undefined(
      base::Cat("'", TypeName(call[0]), " object' has no attribute '", name, "'"));
}

// Of an undefined value; of a false one, too, where that is asked for.
absl::StatusOr<Value> Default(Call& call) {
  const bool missing = call[0].Is(Type::kUndefined) || (call.Flag(2, false) && !Truthy(call[0]));
  if (!missing) return call[0];
  return call.Has(1) ? call[1] : call.heap().String("");
}

constexpr FunctionRow kRows[] = {
    {"map(value, *, **)", &Map},
    {"select(value, *)", &Select},
    {"reject(value, *)", &Reject},
    {"selectattr(value, *)", &SelectAttribute},
    {"rejectattr(value, *)", &RejectAttribute},
    {"attr(obj, name)", &Attribute},
    {"default(value, default_value=, boolean=)", &Default},
    {"d(value, default_value=, boolean=)", &Default},
};

}  // namespace

std::span<const FunctionRow> SelectionFilters() { return kRows; }

}  // namespace gregale::workflow::expr::jinja
