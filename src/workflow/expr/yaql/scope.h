#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "workflow/expr/ast.h"
#include "workflow/expr/value.h"

namespace gregale::workflow::expr::yaql {

class Scope;

// An argument that is evaluated when the function wants it: an expression and the scope it stands
// in, or a value.
struct Lambda {
  const Node* body = nullptr;
  Scope* scope = nullptr;
  Value constant;
  bool given = false;
};

// The names that an expression sees: variables ("$" is "1") and functions that def() made. Lives on
// the heap.
class Scope : public Object {
 public:
  explicit Scope(const Scope* parent) : parent_(parent) {}

  // `name` without the dollar. Null where it is unknown.
  Value Find(std::string_view name) const;
  void Set(std::string_view name, const Value& value);

  // nullptr where it is unknown.
  const Lambda* FindFunction(std::string_view name) const;
  void Define(std::string name, Lambda function);

  const Scope* parent() const { return parent_; }

 private:
  const Scope* parent_;
  std::vector<std::pair<std::string, Value>> variables_;
  std::vector<std::pair<std::string, Lambda>> functions_;
};

}  // namespace gregale::workflow::expr::yaql
