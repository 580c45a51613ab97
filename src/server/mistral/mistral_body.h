#pragma once

#include <span>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "base/json.h"

// JSON bodies of Mistral's API, checked against a table of attributes.
namespace gregale::server {

enum class MistralType {
  kText,
  kJson,  // an object, or the text of one
  kFlag,
  kInteger,
  kTexts,
};

struct MistralAttribute {
  std::string_view name;
  MistralType type;
};

struct MistralBody {
  std::string_view argument;  // what messages call it: "wf_ex"
  std::span<const MistralAttribute> attributes;
};

extern const MistralBody kExecutionBody;
extern const MistralBody kTaskBody;
extern const MistralBody kActionExecutionBody;
extern const MistralBody kEnvironmentBody;
extern const MistralBody kCronTriggerBody;

// An object whose attributes have their types; those that are null are left out.
absl::StatusOr<base::Json> ReadMistralBody(std::string_view text, const MistralBody& body);

// An attribute of such an object; "" or {} where it has none.
std::string TextIn(const base::Json& object, const char* name);
base::Json JsonIn(const base::Json& object, const char* name);

}  // namespace gregale::server
