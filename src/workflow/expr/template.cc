#include "workflow/expr/template.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "base/error.h"
#include "base/text.h"
#include "workflow/expr/jinja/evaluator.h"
#include "workflow/expr/jinja/parser.h"
#include "workflow/expr/jinja/statements.h"
#include "workflow/expr/json_value.h"
#include "workflow/expr/python_text.h"
#include "workflow/expr/yaql/evaluator.h"
#include "workflow/expr/yaql/parser.h"

namespace gregale::workflow::expr {
namespace {

constexpr size_t kNone = std::string_view::npos;

// The next "open ... close" on one line, at or behind `from`: where it begins and its length; kNone
// and 0 where there is none.
std::pair<size_t, size_t> FindDelimited(std::string_view text, std::string_view open,
                                        std::string_view close, size_t from) {
  for (size_t begin = text.find(open, from); begin != kNone; begin = text.find(open, from)) {
    const size_t line_end = text.find('\n', begin);
    const size_t end = text.substr(0, line_end).find(close, begin + open.size());
    if (end != kNone) return {begin, end + close.size() - begin};
    if (line_end == kNone) break;
    from = line_end;
  }
  return {kNone, 0};
}

bool HasJinja(std::string_view text) {
  return FindDelimited(text, "{{", "}}", 0).first != kNone ||
         FindDelimited(text, "{%", "%}", 0).first != kNone;
}

bool HasYaql(std::string_view text) { return FindDelimited(text, "<%", "%>", 0).first != kNone; }

// Mistral takes off every '<', '%' and '>' at both ends.
std::string_view InsideYaql(std::string_view text) {
  const size_t begin = text.find_first_not_of("<%>");
  if (begin == kNone) return {};
  return text.substr(begin, text.find_last_not_of("<%>") + 1 - begin);
}

Value MergeLayers(const std::vector<const base::Json*>& layers, ListKind kind, Heap& heap) {
  if (layers.size() == 1) return FromJson(*layers[0], kind, heap);
  Dict merged;
  for (const base::Json* layer : layers) {
    for (const auto& [key, value] : layer->items()) {
      if (merged.Find(key) == nullptr) {
        merged.Set(heap.String(key), FromJson(value, kind, heap));
      }
    }
  }
  return heap.NewDict(std::move(merged));
}

// Literals of a program may be part of a value: it lives on the heap, too.
struct ProgramObject : Object {
  explicit ProgramObject(std::shared_ptr<const Program> p) : program(std::move(p)) {}
  std::shared_ptr<const Program> program;
};

absl::StatusOr<Value> RunYaql(std::shared_ptr<const Program> program, const Value& data,
                              Evaluation& evaluation) {
  const Program& kept = *evaluation.heap().Make<ProgramObject>(std::move(program))->program;
  return yaql::Evaluator(evaluation).Run(kept, data);
}

// Without the spaces around it.
std::string Stripped(std::string_view text) {
  return std::string(base::FromAbsl(absl::StripAsciiWhitespace(base::ToAbsl(text))));
}

absl::Status Failure(std::string_view language, const std::string& expression,
                     const absl::Status& status) {
  return absl::Status(
      status.code() == absl::StatusCode::kResourceExhausted ? absl::StatusCode::kResourceExhausted
                                                            : absl::StatusCode::kInvalidArgument,
      base::Cat("Can not evaluate ", language, " expression [expression=", expression,
                ", error=", base::FromAbsl(status.message()), "]"));
}

absl::StatusOr<Value> RunJinja(std::shared_ptr<const Program> program, const Value& data,
                               Evaluation& evaluation) {
  const Program& kept = *evaluation.heap().Make<ProgramObject>(std::move(program))->program;
  return jinja::Evaluator(evaluation, data).Run(kept);
}

// Walks over the strings of a value that have expressions in them.
template <typename Json, typename F>
absl::Status ForEachTemplate(Json& json, const F& visit) {
  if (json.is_string()) {
    if (!HasExpression(json.template get_ref<const std::string&>())) return absl::OkStatus();
    return visit(json);
  }
  if (json.is_structured()) {
    for (auto& item : json) GREGALE_RETURN_IF_ERROR(ForEachTemplate(item, visit));
  }
  return absl::OkStatus();
}

}  // namespace

bool HasExpression(std::string_view text) { return HasYaql(text) || HasJinja(text); }

absl::Status ValidateBare(std::string_view text, Language language) {
  if (language == Language::kYaql) return ParseYaql(text).status();
  return jinja::ParseExpression(text).status();
}

absl::StatusOr<Value> EvaluateBare(std::string_view text, Language language, Evaluation& evaluation,
                                   const Context& context) {
  if (language == Language::kYaql) {
    GREGALE_ASSIGN_OR_RETURN(Program program, ParseYaql(text));
    const Value data = MergeLayers(context.layers, ListKind::kTuple, evaluation.heap());
    return RunYaql(std::make_shared<const Program>(std::move(program)), data, evaluation);
  }
  GREGALE_ASSIGN_OR_RETURN(Program program, jinja::ParseExpression(text));
  const Value data = MergeLayers(context.layers, ListKind::kList, evaluation.heap());
  return RunJinja(std::make_shared<const Program>(std::move(program)), data, evaluation);
}

absl::Status ValidateText(std::string_view text) {
  if (HasJinja(text) && HasYaql(text)) {
    return absl::InvalidArgumentError(
        "The line already contains an expression of type 'jinja'. Mixing expression types in a "
        "single line is not allowed.");
  }
  return Template::Compile(text).status();
}

absl::StatusOr<Template> Template::Compile(std::string_view text) {
  Template result;
  result.text_ = std::string(text);
  if (HasJinja(text)) {
    GREGALE_RETURN_IF_ERROR(result.CompileJinja());
    return result;
  }
  size_t at = 0;
  while (true) {
    const auto [begin, length] = FindDelimited(text, "<%", "%>", at);
    if (begin != at) {
      result.parts_.push_back({std::string(text.substr(at, begin - at)), nullptr});
    }
    if (begin == kNone) break;
    GREGALE_ASSIGN_OR_RETURN(Program program, ParseYaql(InsideYaql(text.substr(begin, length))));
    result.parts_.push_back({"", std::make_shared<const Program>(std::move(program))});
    at = begin + length;
    if (at == text.size()) break;
  }
  return result;
}

absl::Status Template::CompileJinja() {
  language_ = Language::kJinja;
  GREGALE_ASSIGN_OR_RETURN(jinja::Document document, jinja::ParseDocument(text_));
  document_ = std::make_shared<const jinja::Document>(std::move(document));
  if (FindDelimited(text_, "{{", "}}", 0) != std::pair(size_t{0}, text_.size())) {
    return absl::OkStatus();
  }
  const std::string_view inside = std::string_view(text_).substr(2, text_.size() - 4);
  GREGALE_ASSIGN_OR_RETURN(Program program, jinja::ParseExpression(inside));
  program_ = std::make_shared<const Program>(std::move(program));
  return absl::OkStatus();
}

absl::StatusOr<Value> Template::EvaluateWithin(Evaluation& evaluation,
                                               const Context& context) const {
  return language_ == Language::kYaql ? EvaluateYaql(evaluation, context)
                                      : EvaluateJinja(evaluation, context);
}

absl::StatusOr<Value> Template::EvaluateYaql(Evaluation& evaluation, const Context& context) const {
  const Value data = MergeLayers(context.layers, ListKind::kTuple, evaluation.heap());
  std::string text;
  for (const Part& part : parts_) {
    if (part.program == nullptr) {
      text += part.literal;
      continue;
    }
    absl::StatusOr<Value> value = RunYaql(part.program, data, evaluation);
    if (!value.ok()) return Failure("YAQL", Stripped(part.program->text), value.status());
    if (parts_.size() == 1) return value;
    text += Str(*value);
  }
  return evaluation.heap().String(std::move(text));
}

absl::StatusOr<Value> Template::EvaluateJinja(Evaluation& evaluation,
                                              const Context& context) const {
  const Value data = MergeLayers(context.layers, ListKind::kList, evaluation.heap());
  if (program_ != nullptr) {
    absl::StatusOr<Value> value = RunJinja(program_, data, evaluation);
    if (!value.ok()) return Failure("Jinja", text_, value.status());
    return value;
  }
  if (FindDelimited(text_, "{{", "}}", 0).first == kNone) {
    // The original cannot do it either; a workflow that relied on it would not be portable.
    return Failure("Jinja", text_,
                   absl::InvalidArgumentError("a text with {% %} needs a {{ }}, too"));
  }
  absl::StatusOr<std::string> text = jinja::Evaluator(evaluation, data).Render(*document_);
  if (!text.ok()) return Failure("Jinja", text_, text.status());
  return evaluation.heap().String(std::move(*text));
}

absl::StatusOr<base::Json> Template::Evaluate(const Context& context) const {
  Host nobody;
  Evaluation evaluation(context.host != nullptr ? *context.host : nobody, context.budget);
  GREGALE_ASSIGN_OR_RETURN(const Value value, EvaluateWithin(evaluation, context));
  absl::StatusOr<base::Json> json = ToJson(value);
  if (!json.ok()) {
    return Failure(language_ == Language::kYaql ? "YAQL" : "Jinja", text_, json.status());
  }
  return json;
}

Tree Tree::Compile(const base::Json& json) {
  Tree tree;
  tree.json_ = json;
  ForEachTemplate(json, [&](const base::Json& text) {
    tree.templates_.push_back(Template::Compile(text.get_ref<const std::string&>()));
    return absl::OkStatus();
  }).IgnoreError();
  return tree;
}

absl::StatusOr<base::Json> Tree::Evaluate(const Context& context) const {
  base::Json result = json_;
  if (templates_.empty()) return result;
  size_t next = 0;
  GREGALE_RETURN_IF_ERROR(ForEachTemplate(result, [&](base::Json& text) -> absl::Status {
    const absl::StatusOr<Template>& compiled = templates_[next++];
    if (!compiled.ok()) return compiled.status();
    GREGALE_ASSIGN_OR_RETURN(text, compiled->Evaluate(context));
    return absl::OkStatus();
  }));
  return result;
}

absl::StatusOr<base::Json> EvaluateRecursively(const base::Json& json, const Context& context) {
  const bool empty = std::all_of(context.layers.begin(), context.layers.end(),
                                 [](const base::Json* layer) { return layer->empty(); });
  if (empty) return json;
  return Tree::Compile(json).Evaluate(context);
}

}  // namespace gregale::workflow::expr
