#include "server/mistral/mistral_body.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "base/error.h"
#include "base/text.h"
#include "server/mistral/exchange.h"
#include "server/mistral/mistral_error.h"
#include "server/text_rules.h"

namespace gregale::server {
namespace {

using base::Json;
using enum MistralType;

// What only answers show is taken, too, and not looked at: clients send back what they got.
constexpr MistralAttribute kExecution[] = {
    {"id", kText},
    {"workflow_id", kText},
    {"workflow_name", kText},
    {"workflow_namespace", kText},
    {"description", kText},
    {"tags", kTexts},
    {"params", kJson},
    {"task_execution_id", kText},
    {"root_execution_id", kText},
    {"source_execution_id", kText},
    {"state", kText},
    {"state_info", kText},
    {"input", kJson},
    {"output", kJson},
    {"published_global", kJson},
    {"created_at", kText},
    {"updated_at", kText},
    {"project_id", kText},
};
constexpr MistralAttribute kTask[] = {
    {"id", kText},
    {"name", kText},
    {"type", kText},
    {"workflow_name", kText},
    {"workflow_namespace", kText},
    {"workflow_id", kText},
    {"workflow_execution_id", kText},
    {"tags", kTexts},
    {"state", kText},
    {"state_info", kText},
    {"project_id", kText},
    {"runtime_context", kJson},
    {"result", kText},
    {"published", kJson},
    {"published_global", kJson},
    {"processed", kFlag},
    {"created_at", kText},
    {"updated_at", kText},
    {"started_at", kText},
    {"finished_at", kText},
    {"reset", kFlag},
    {"env", kJson},
};
constexpr MistralAttribute kActionExecution[] = {
    {"id", kText},
    {"workflow_name", kText},
    {"workflow_namespace", kText},
    {"task_name", kText},
    {"task_execution_id", kText},
    {"state", kText},
    {"state_info", kText},
    {"tags", kTexts},
    {"name", kText},
    {"description", kText},
    {"project_id", kText},
    {"accepted", kFlag},
    {"input", kJson},
    {"output", kJson},
    {"created_at", kText},
    {"updated_at", kText},
    {"params", kJson},
};
constexpr MistralAttribute kEnvironment[] = {
    {"id", kText},    {"name", kText},       {"description", kText}, {"variables", kJson},
    {"scope", kText}, {"project_id", kText}, {"created_at", kText},  {"updated_at", kText},
};
constexpr MistralAttribute kCronTrigger[] = {
    {"id", kText},
    {"name", kText},
    {"workflow_name", kText},
    {"workflow_id", kText},
    {"workflow_input", kJson},
    {"workflow_params", kJson},
    {"project_id", kText},
    {"scope", kText},
    {"pattern", kText},
    {"remaining_executions", kInteger},
    {"first_execution_time", kText},
    {"next_execution_time", kText},
    {"created_at", kText},
    {"updated_at", kText},
};

std::string InWords(const Json& value) {
  return value.is_string() ? value.get<std::string>() : base::DumpJson(value);
}

absl::StatusOr<Json> ReadObject(std::string_view name, const Json& value) {
  if (value.is_object()) return value;
  // What is empty in Python's eyes is an empty object.
  const bool is_empty = (value.is_string() && value.get_ref<const std::string&>().empty()) ||
                        (value.is_array() && value.empty()) || value == Json(0) ||
                        value == Json(false);
  if (is_empty) return Json::object();
  if (value.is_string()) {
    absl::StatusOr<Json> parsed = base::ParseJson(value.get_ref<const std::string&>());
    if (parsed.ok() && parsed->is_object()) return parsed;
    if (parsed.ok() && parsed->is_null()) return Json::object();
  }
  return MistralInvalidField(name, InWords(value),
                             base::Cat("JsonType field value must be a dictionary [actual=",
                                       Shortened(InWords(value)), "]"));
}

absl::StatusOr<Json> ReadInteger(std::string_view name, const Json& value) {
  if (value.is_number_integer()) return value;
  int64_t number = 0;
  if (value.is_string() && absl::SimpleAtoi(value.get_ref<const std::string&>(), &number)) {
    return Json(number);
  }
  return MistralInvalidField(name, InWords(value), "unable to convert to int");
}

absl::StatusOr<Json> ReadValue(const MistralAttribute& attribute, const Json& value) {
  const auto wrong = [&](std::string_view expected) {
    return MistralInvalidField(attribute.name, InWords(value),
                               base::Cat("Wrong type. Expected ", expected));
  };
  switch (attribute.type) {
    case kText:
      if (!value.is_string()) return wrong("a text");
      if (base::Contains(value.get_ref<const std::string&>(), '\0')) return wrong("no NUL");
      return value;
    case kJson:
      return ReadObject(attribute.name, value);
    case kFlag: {
      if (value.is_boolean()) return value;
      GREGALE_ASSIGN_OR_RETURN(const bool flag, ReadFlag(attribute.name, InWords(value)));
      return Json(flag);
    }
    case kInteger:
      return ReadInteger(attribute.name, value);
    case kTexts:
      break;
  }
  const bool is_list =
      value.is_array() && std::ranges::all_of(value, [](const Json& v) { return v.is_string(); });
  if (!is_list) return wrong("a list of texts");
  return value;
}

}  // namespace

const MistralBody kExecutionBody = {"wf_ex", kExecution};
const MistralBody kTaskBody = {"task", kTask};
const MistralBody kActionExecutionBody = {"action_ex", kActionExecution};
const MistralBody kEnvironmentBody = {"env", kEnvironment};
const MistralBody kCronTriggerBody = {"cron_trigger", kCronTrigger};

absl::StatusOr<Json> ReadMistralBody(std::string_view text, const MistralBody& body) {
  const absl::StatusOr<Json> parsed = base::ParseJson(text);
  if (!parsed.ok() || !parsed->is_object()) {
    return MistralBadRequest("Request is not in valid JSON format");
  }
  Json read = Json::object();
  for (const auto& [name, value] : parsed->items()) {
    const auto attribute = std::ranges::find(body.attributes, name, &MistralAttribute::name);
    if (attribute == body.attributes.end()) {
      return MistralBadRequest(
          base::Cat("Unknown attribute for argument ", body.argument, ": ", Shortened(name)));
    }
    if (value.is_null()) continue;
    GREGALE_ASSIGN_OR_RETURN(read[name], ReadValue(*attribute, value));
  }
  return read;
}

std::string TextIn(const Json& object, const char* name) { return object.value(name, ""); }

Json JsonIn(const Json& object, const char* name) { return object.value(name, Json::object()); }

}  // namespace gregale::server
