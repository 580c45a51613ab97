#include <string>

#include "fuzz/targets.h"
#include "workflow/expr/evaluation.h"
#include "workflow/expr/host.h"
#include "workflow/expr/json_value.h"
#include "workflow/expr/python_text.h"
#include "workflow/expr/template.h"

namespace gregale::fuzz {
namespace {

namespace expr = workflow::expr;

// The same answers in every run.
class FixedHost : public expr::Host {
 public:
  absl::StatusOr<int64_t> NowMicros() override { return 1'700'000'000'000'000; }
  absl::StatusOr<uint64_t> RandomBits() override { return 42; }
};

const base::Json& Data() {
  static const base::Json* const data = new base::Json(base::Json::parse(R"({
    "a": 1, "b": -2.5, "t": "text \u00e4", "n": null, "y": true,
    "l": [3, 1, 2], "m": [{"k": "x", "v": 1}, {"k": "y", "v": 2}],
    "d": {"one": {"two": [1, "2", 3.0]}}})"));
  return *data;
}

void Evaluate(std::string_view text, expr::Language language) {
  FixedHost host;
  const expr::Budget budget{.steps = 20'000};
  expr::Evaluation evaluation(host, budget);
  const expr::Context context{.layers = {&Data()}, .host = &host, .budget = budget};
  const auto value = expr::EvaluateBare(text, language, evaluation, context);
  if (!value.ok()) return;
  expr::Repr(*value);
  expr::ToJson(*value).IgnoreError();
}

// As it stands in a definition, between other texts.
void EvaluateWithin(const std::string& text) {
  FixedHost host;
  const expr::Context context{.layers = {&Data()}, .host = &host, .budget = {.steps = 20'000}};
  const auto compiled = expr::Template::Compile(text);
  if (compiled.ok()) compiled->Evaluate(context).IgnoreError();
}

}  // namespace

void Yaql(std::string_view text) {
  Evaluate(text, expr::Language::kYaql);
  EvaluateWithin("<% " + std::string(text) + " %> and so on");
}

void Jinja(std::string_view text) {
  Evaluate(text, expr::Language::kJinja);
  EvaluateWithin(std::string(text));
}

}  // namespace gregale::fuzz
