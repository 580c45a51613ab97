#include "workflow/expr/mistral.h"

#include <optional>
#include <utility>

#include "absl/strings/str_replace.h"
#include "base/error.h"
#include "base/json.h"
#include "base/random.h"
#include "base/text.h"
#include "base/yaml.h"
#include "workflow/expr/json_text.h"
#include "workflow/expr/json_value.h"
#include "workflow/expr/yaml_text.h"

namespace gregale::workflow::expr {
namespace {

absl::StatusOr<Value> Answer(Evaluation& evaluation, absl::StatusOr<base::Json> json,
                             ListKind kind) {
  if (!json.ok()) return json.status();
  return FromJson(*json, kind, evaluation.heap());
}

absl::StatusOr<std::vector<base::Json>> ToJsons(const std::vector<Value>& values) {
  std::vector<base::Json> jsons;
  for (const Value& value : values) {
    GREGALE_ASSIGN_OR_RETURN(base::Json json, ToJson(value));
    jsons.push_back(std::move(json));
  }
  return jsons;
}

absl::Status NeedsText(const Value& value) {
  if (value.Is(Type::kString)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      base::Cat("a text is needed, not a value of type ", TypeName(value)));
}

// Randomness that the host gives, as uuid() wants it.
class HostRandom : public base::Random {
 public:
  explicit HostRandom(Host& host) : host_(host) {}
  uint64_t Next() override {
    absl::StatusOr<uint64_t> bits = host_.RandomBits();
    if (bits.ok()) return *bits;
    status_ = bits.status();
    return 0;
  }
  const absl::Status& status() const { return status_; }

 private:
  Host& host_;
  absl::Status status_;
};

}  // namespace

absl::StatusOr<Value> TaskOf(Evaluation& evaluation, const Value& name, ListKind kind) {
  if (name.is_null()) return Answer(evaluation, evaluation.host().Task(std::nullopt), kind);
  GREGALE_RETURN_IF_ERROR(NeedsText(name));
  return Answer(evaluation, evaluation.host().Task(name.string()), kind);
}

absl::StatusOr<Value> TasksOf(Evaluation& evaluation, const std::vector<Value>& arguments,
                              ListKind kind) {
  GREGALE_ASSIGN_OR_RETURN(const std::vector<base::Json> jsons, ToJsons(arguments));
  return Answer(evaluation, evaluation.host().Tasks(jsons), kind);
}

absl::StatusOr<Value> ExecutionOf(Evaluation& evaluation, ListKind kind) {
  return Answer(evaluation, evaluation.host().Execution(), kind);
}

absl::StatusOr<Value> ExecutionsOf(Evaluation& evaluation, const std::vector<Value>& arguments,
                                   ListKind kind) {
  GREGALE_ASSIGN_OR_RETURN(const std::vector<base::Json> jsons, ToJsons(arguments));
  return Answer(evaluation, evaluation.host().Executions(jsons), kind);
}

absl::StatusOr<Value> GlobalOf(Evaluation& evaluation, const Value& name, ListKind kind) {
  GREGALE_RETURN_IF_ERROR(NeedsText(name));
  return Answer(evaluation, evaluation.host().Global(name.string()), kind);
}

absl::StatusOr<Value> NewUuidText(Evaluation& evaluation) {
  HostRandom random(evaluation.host());
  std::string uuid = base::NewUuid(random);
  GREGALE_RETURN_IF_ERROR(random.status());
  return evaluation.heap().String(std::move(uuid));
}

Value EnvironmentOf(const Value& data) {
  if (!data.Is(Type::kDict)) return Value();
  const Value* env = data.dict().Find("__env");
  return env != nullptr ? *env : Value();
}

absl::StatusOr<Value> JsonDump(Evaluation& evaluation, const Value& data) {
  GREGALE_ASSIGN_OR_RETURN(std::string text, JsonText(evaluation, data, {.indent = 4}));
  return evaluation.heap().String(std::move(text));
}

absl::StatusOr<Value> JsonPretty(Evaluation& evaluation, const Value& data) {
  GREGALE_ASSIGN_OR_RETURN(std::string text, JsonText(evaluation, data, {.indent = 4}));
  text = absl::StrReplaceAll(text, {{"\\n", "\n"}});
  return evaluation.heap().String(absl::StrReplaceAll(text, {{" \n", "\n"}}));
}

absl::StatusOr<Value> JsonParse(Evaluation& evaluation, const Value& text, ListKind kind) {
  GREGALE_RETURN_IF_ERROR(NeedsText(text));
  return Answer(evaluation, base::ParseJson(text.string()), kind);
}

absl::StatusOr<Value> YamlDump(Evaluation& evaluation, const Value& data) {
  GREGALE_ASSIGN_OR_RETURN(std::string text, YamlText(evaluation, data));
  return evaluation.heap().String(std::move(text));
}

absl::StatusOr<Value> YamlParse(Evaluation& evaluation, const Value& text, ListKind kind) {
  GREGALE_RETURN_IF_ERROR(NeedsText(text));
  return Answer(evaluation, base::ParseYamlAsJson(text.string(), {.allow_duplicate_keys = true}),
                kind);
}

}  // namespace gregale::workflow::expr
