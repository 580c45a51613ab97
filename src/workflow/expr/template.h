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

namespace gregale::workflow::expr::jinja {
struct Document;
}

namespace gregale::workflow::expr {

// What the expressions of a workflow see.
struct Context {
  // Dicts that together are `$` and `_`: of equal keys the first one counts. Borrowed.
  std::vector<const base::Json*> layers;
  // Whom Mistral's functions ask. Borrowed; may be nullptr.
  Host* host = nullptr;
  Budget budget;
};

enum class Language : uint8_t { kYaql, kJinja };

// A bare expression, without delimiters.
absl::Status ValidateBare(std::string_view text, Language language);
absl::StatusOr<Value> EvaluateBare(std::string_view text, Language language, Evaluation& evaluation,
                                   const Context& context);

// Whether every expression of a text can be compiled, and all are of one language.
absl::Status ValidateText(std::string_view text);

// A text with expressions in it, compiled: <% YAQL %> or {{ Jinja }} and {% Jinja %}. A text that
// is one expression gives the expression's value; else the values' texts replace the expressions.
// Immutable, cheap to share.
class Template {
 public:
  // kInvalidArgument where an expression is wrong. In a text with Jinja, what looks like YAQL is
  // text.
  static absl::StatusOr<Template> Compile(std::string_view text);

  // kInvalidArgument "Can not evaluate YAQL expression [expression=..., error=...]".
  absl::StatusOr<base::Json> Evaluate(const Context& context) const;

  // As Evaluate(), as a value that lives as long as the evaluation.
  absl::StatusOr<Value> EvaluateWithin(Evaluation& evaluation, const Context& context) const;

  const std::string& text() const { return text_; }

 private:
  struct Part {
    std::string literal;
    std::shared_ptr<const Program> program;  // nullptr: the literal
  };

  absl::Status CompileJinja();
  absl::StatusOr<Value> EvaluateYaql(Evaluation& evaluation, const Context& context) const;
  absl::StatusOr<Value> EvaluateJinja(Evaluation& evaluation, const Context& context) const;

  std::string text_;
  Language language_ = Language::kYaql;
  std::vector<Part> parts_;                          // YAQL
  std::shared_ptr<const Program> program_;           // Jinja: the text is one expression
  std::shared_ptr<const jinja::Document> document_;  // Jinja: else
};

// Whether a text has an expression in it.
bool HasExpression(std::string_view text);

// A JSON value whose strings may be templates, compiled. Immutable.
class Tree {
 public:
  Tree() = default;
  // As Template::Compile(), for every string except keys. A string that cannot be compiled fails
  // when it is evaluated: Mistral, too, accepts it where its checks do not look.
  static Tree Compile(const base::Json& json);

  // The value with every template evaluated.
  absl::StatusOr<base::Json> Evaluate(const Context& context) const;

  const base::Json& json() const { return json_; }

 private:
  base::Json json_;
  // In the order in which a walk through json_ meets them.
  std::vector<absl::StatusOr<Template>> templates_;
};

// Compiles and evaluates in one, as Mistral does it for the results of ad-hoc actions: without any
// data, nothing is evaluated.
absl::StatusOr<base::Json> EvaluateRecursively(const base::Json& json, const Context& context);

}  // namespace gregale::workflow::expr
