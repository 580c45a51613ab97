#include "workflow/expr/yaql/scope.h"

namespace gregale::workflow::expr::yaql {
namespace {

// `$` and `$1` are one variable.
std::string_view Canonical(std::string_view name) { return name.empty() ? "1" : name; }

}  // namespace

Value Scope::Find(std::string_view name) const {
  name = Canonical(name);
  for (const Scope* scope = this; scope != nullptr; scope = scope->parent_) {
    for (const auto& [other, value] : scope->variables_) {
      if (other == name) return value;
    }
  }
  return Value();
}

void Scope::Set(std::string_view name, const Value& value) {
  name = Canonical(name);
  for (auto& [other, old] : variables_) {
    if (other == name) {
      old = value;
      return;
    }
  }
  variables_.emplace_back(std::string(name), value);
}

const Lambda* Scope::FindFunction(std::string_view name) const {
  for (const Scope* scope = this; scope != nullptr; scope = scope->parent_) {
    for (const auto& [other, function] : scope->functions_) {
      if (other == name) return &function;
    }
  }
  return nullptr;
}

void Scope::Define(std::string name, Lambda function) {
  functions_.emplace_back(std::move(name), function);
}

}  // namespace gregale::workflow::expr::yaql
