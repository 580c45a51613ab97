#include "tosca/input_constraints.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "tosca/template_error.h"

#include "base/text.h"

namespace gregale::tosca {
namespace {

using base::Json;

// The number a value stands for; its length where it is no number. Values of inputs often come as
// text.
double Amount(const Json& value) {
  if (value.is_number()) return value.get<double>();
  double parsed = 0;
  if (value.is_string()) (void)absl::SimpleAtod(value.get_ref<const std::string&>(), &parsed);
  return parsed;
}

double Length(const Json& value) {
  return static_cast<double>(value.is_string() ? value.get_ref<const std::string&>().size()
                                               : value.size());
}

bool Same(const Json& a, const Json& b) {
  return a == b || (a.is_primitive() && b.is_primitive() && !a.is_boolean() && !b.is_boolean() &&
                    (a.is_number() || b.is_number()) && Amount(a) == Amount(b));
}

enum class Argument { kNumber, kList, kRange, kAny };

struct Constraint {
  std::string_view name;
  Argument argument;
  bool (*holds)(const Json& value, const Json& argument);
};

constexpr Constraint kConstraints[] = {
    {"equal", Argument::kAny, [](const Json& v, const Json& a) { return Same(v, a); }},
    {"greater_than", Argument::kNumber,
     [](const Json& v, const Json& a) { return Amount(v) > Amount(a); }},
    {"greater_or_equal", Argument::kNumber,
     [](const Json& v, const Json& a) { return Amount(v) >= Amount(a); }},
    {"less_than", Argument::kNumber,
     [](const Json& v, const Json& a) { return Amount(v) < Amount(a); }},
    {"less_or_equal", Argument::kNumber,
     [](const Json& v, const Json& a) { return Amount(v) <= Amount(a); }},
    {"in_range", Argument::kRange,
     [](const Json& v, const Json& a) {
       return Amount(v) >= Amount(a[0]) && Amount(v) <= Amount(a[1]);
     }},
    {"valid_values", Argument::kList,
     [](const Json& v, const Json& a) {
       return std::ranges::any_of(a, [&](const Json& one) { return Same(v, one); });
     }},
    {"length", Argument::kNumber,
     [](const Json& v, const Json& a) { return Length(v) == Amount(a); }},
    {"min_length", Argument::kNumber,
     [](const Json& v, const Json& a) { return Length(v) >= Amount(a); }},
    {"max_length", Argument::kNumber,
     [](const Json& v, const Json& a) { return Length(v) <= Amount(a); }},
};

bool ArgumentFits(const Json& argument, Argument form) {
  switch (form) {
    case Argument::kNumber:
      return argument.is_number();
    case Argument::kList:
      return argument.is_array();
    case Argument::kRange:
      return argument.is_array() && argument.size() == 2 && argument[0].is_number() &&
             argument[1].is_number();
    case Argument::kAny:
      return !argument.is_null();
  }
  return false;
}

const Constraint* Find(std::string_view name) {
  const auto found = std::ranges::find(kConstraints, name, &Constraint::name);
  return found == std::end(kConstraints) ? nullptr : found;
}

}  // namespace

absl::Status CheckConstraintsForm(const Json& constraints, std::string_view path) {
  for (size_t i = 0; i < constraints.size(); ++i) {
    const Json& item = constraints[i];
    const std::string item_path = Item(path, i);
    if (!item.is_object() || item.size() != 1) {
      return TemplateError(item_path, "must be a map of one constraint");
    }
    const Constraint* constraint = Find(item.begin().key());
    if (constraint == nullptr) {
      std::vector<std::string_view> known;
      for (const Constraint& row : kConstraints) known.push_back(row.name);
      return TemplateError(
          item_path, base::Cat(Quoted(item.begin().key()), " is no known constraint; known are ",
                               base::Join(known, ", ")));
    }
    if (!ArgumentFits(item.begin().value(), constraint->argument)) {
      return TemplateError(item_path, base::Cat("the argument does not fit ", constraint->name));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckConstraints(const Json& value, const Json& constraints, std::string_view path) {
  for (const Json& item : constraints) {
    const Constraint* constraint = Find(item.begin().key());
    if (constraint->holds(value, item.begin().value())) continue;
    return TemplateError(
        path, base::Cat("does not keep the input's constraint ", Quoted(constraint->name)));
  }
  return absl::OkStatus();
}

}  // namespace gregale::tosca
