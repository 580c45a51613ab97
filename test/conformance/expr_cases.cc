#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "conformance/cases.h"
#include "workflow/expr/evaluation.h"
#include "workflow/expr/json_value.h"
#include "workflow/expr/python_text.h"
#include "workflow/expr/template.h"

namespace gregale::conformance {
namespace {

using base::Json;
namespace expr = workflow::expr;

// The time of the recording, and no randomness: what depends on them is comparable then.
class RecordedHost : public expr::Host {
 public:
  absl::StatusOr<int64_t> NowMicros() override { return kRecordedMicros; }
  absl::StatusOr<uint64_t> RandomBits() override { return 0; }

 private:
  static constexpr int64_t kRecordedMicros = 1'795'305'600'000'000;  // 2026-11-22
};

// What came out: {"ok", "type", "result"}, the result as text where JSON has no word for it.
Json Describe(const absl::StatusOr<expr::Value>& value) {
  if (!value.ok()) return {{"ok", false}, {"error", std::string(value.status().message())}};
  Json out = {{"ok", true}, {"type", expr::TypeName(*value)}};
  const absl::StatusOr<Json> json = expr::ToJson(*value);
  out["result"] = json.ok() ? *json : Json(expr::Repr(*value));
  return out;
}

absl::StatusOr<expr::Value> EvaluateCase(const Json& record, expr::Evaluation& evaluation,
                                         const expr::Context& context) {
  const std::string mode = record.at("mode");
  if (mode == "recursive") {
    GREGALE_ASSIGN_OR_RETURN(const Json result,
                             expr::EvaluateRecursively(record.at("expr"), context));
    return expr::FromJson(result, expr::ListKind::kList, evaluation.heap());
  }
  const std::string text = record.at("expr");
  if (mode == "yaql_raw" || mode == "jinja_raw") {
    const auto language = mode == "yaql_raw" ? expr::Language::kYaql : expr::Language::kJinja;
    return expr::EvaluateBare(text, language, evaluation, context);
  }
  GREGALE_ASSIGN_OR_RETURN(const expr::Template compiled, expr::Template::Compile(text));
  return compiled.EvaluateWithin(evaluation, context);
}

absl::Status ValidateCase(const Json& record) {
  const std::string mode = record.at("mode");
  if (mode == "recursive") return absl::OkStatus();
  const std::string text = record.at("expr");
  if (mode == "yaql_raw") return expr::ValidateBare(text, expr::Language::kYaql);
  if (mode == "jinja_raw") return expr::ValidateBare(text, expr::Language::kJinja);
  return expr::ValidateText(text);
}

// A number and the same number in another type are different results; sets are compared in any
// order.
bool SameResult(const Json& record, const Json& got) {
  if (got.at("type") != record.at("result_type")) return false;
  if (record.at("result_type") == "set") {
    std::string expected = record.at("result_repr");
    std::string text = got.at("repr");
    std::sort(expected.begin(), expected.end());
    std::sort(text.begin(), text.end());
    return expected == text;
  }
  if (record.contains("not_json")) return got.at("repr") == record.at("result_repr");
  return got.at("result").dump() == record.at("result").dump();
}

}  // namespace

std::optional<Difference> RunExprCase(const Json& record) {
  RecordedHost host;
  expr::Evaluation evaluation(host);
  const Json& data = record.at("context");
  const expr::Context context{.layers = {&data}, .host = &host};
  const absl::StatusOr<expr::Value> value = EvaluateCase(record, evaluation, context);
  Json got = Describe(value);
  got["valid"] = ValidateCase(record).ok();
  if (value.ok()) got["repr"] = expr::Repr(*value);

  const bool ok = record.at("ok");
  const bool same_verdict = got["valid"] == record.at("valid") && got["ok"] == ok;
  if (same_verdict && (!ok || SameResult(record, got))) return std::nullopt;
  Difference difference;
  for (const char* key :
       {"mode", "expr", "valid", "ok", "result_type", "result", "result_repr", "error"}) {
    if (record.contains(key)) difference.expected[key] = record.at(key);
  }
  difference.got = std::move(got);
  return difference;
}

}  // namespace gregale::conformance
