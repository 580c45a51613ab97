#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "base/json.h"
#include "workflow/expr/ast.h"
#include "workflow/expr/evaluation.h"
#include "workflow/expr/host.h"

namespace gregale::workflow::expr {

// What the expressions of a workflow see.
struct Context {
  // Dicts that together are `$` and `_`: of equal keys the first one counts. Borrowed.
  std::vector<const base::Json*> layers;
  // Whom Mistral's functions ask. Borrowed; may be nullptr.
  Host* host = nullptr;
  Budget budget;
};

// A text with expressions in it, compiled: <% YAQL %> or {{ Jinja }} and {% Jinja %}. A text that
// is one expression gives the expression's value; else the values' texts replace the expressions.
// Immutable, cheap to share.
class Template {
 public:
  // kInvalidArgument where an expression is wrong, or where both languages occur in one text.
  static absl::StatusOr<Template> Compile(std::string_view text);

  // kInvalidArgument "Can not evaluate YAQL expression [expression=..., error=...]".
  absl::StatusOr<base::Json> Evaluate(const Context& context) const;

  // As Evaluate(), as a value of the evaluation, whose heap it lives on.
  absl::StatusOr<Value> EvaluateWithin(Evaluation& evaluation, const Context& context) const;

  const std::string& text() const { return text_; }

 private:
  struct Part {
    std::string literal;
    std::shared_ptr<const Program> program;  // nullptr: the literal
  };

  std::string text_;
  std::vector<Part> parts_;
};

// Whether a text has an expression in it.
bool HasExpression(std::string_view text);

// A JSON value whose strings may be templates, compiled. Immutable.
class Tree {
 public:
  Tree() = default;
  // As Template::Compile(), for every string except keys.
  static absl::StatusOr<Tree> Compile(const base::Json& json);

  // The value with every template evaluated.
  absl::StatusOr<base::Json> Evaluate(const Context& context) const;

  const base::Json& json() const { return json_; }

 private:
  base::Json json_;
  // In the order in which a walk through json_ meets them.
  std::vector<Template> templates_;
};

}  // namespace gregale::workflow::expr
