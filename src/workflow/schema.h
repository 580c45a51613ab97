#pragma once

#include <span>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/yaml.h"

// What values the attributes of the language accept. Every check gives OK or "Invalid DSL: ..."
// with the place.
namespace gregale::workflow {

using Check = absl::Status (*)(const base::YamlNode& node);

struct Attribute {
  std::string_view name;
  Check check;
  bool required = false;
};

enum class OtherKeys : uint8_t { kRefused, kIgnored };

// A mapping with these attributes.
absl::Status CheckAttributes(const base::YamlNode& node, std::span<const Attribute> attributes,
                             OtherKeys others = OtherKeys::kRefused);

absl::Status CheckAnything(const base::YamlNode& node);
absl::Status CheckText(const base::YamlNode& node);        // not empty
absl::Status CheckDict(const base::YamlNode& node);        // a mapping
absl::Status CheckFilledDict(const base::YamlNode& node);  // a mapping that is not empty
absl::Status CheckTextOrDict(const base::YamlNode& node);  // neither is empty
absl::Status CheckTexts(const base::YamlNode& node);       // a list of different texts, not empty
absl::Status CheckTextOrTexts(const base::YamlNode& node);
absl::Status CheckInputs(
    const base::YamlNode& node);  // a list of names, or of names with their defaults
absl::Status CheckExpression(const base::YamlNode& node);  // a text that is one expression
absl::Status CheckCount(const base::YamlNode& node);    // a whole number from 0, or an expression
absl::Status CheckFlag(const base::YamlNode& node);     // a boolean, or an expression
absl::Status CheckVersion(const base::YamlNode& node);  // a text or a number from 0
absl::Status CheckJoin(const base::YamlNode& node);     // all, one, or a whole number from 0
absl::Status CheckRetry(const base::YamlNode& node);
absl::Status CheckClause(const base::YamlNode& node);  // on-success and its like

// "count=3 delay=1", the short form of retry, as the mapping that it stands for.
absl::StatusOr<base::YamlNode> ExpandRetry(const base::YamlNode& text);

// Whether the expressions of a text can be compiled.
absl::Status CheckExpressionsIn(const base::YamlNode& text);
// "name key=value": the parameters' expressions are checked, the name's are not.
absl::Status CheckInlineCall(const base::YamlNode& node);
// The same of the texts that are items or values of a list or dict, or of a text.
absl::Status CheckExpressionsOneLevel(const base::YamlNode& node);

// "Invalid DSL: <value> <what>", with the place.
absl::Status Invalid(const base::YamlNode& node, std::string_view what);

// "Invalid DSL: <value> is none of ...", the end of it.
inline constexpr std::string_view kNotAny = "is not valid under any of the given schemas";

// Letters, digits and underscores, at least one. Mistral looks only at what has such a name.
bool IsWord(std::string_view text);

// Has the form of one expression: "<% ... %>" or "{{ ... }}", blanks behind it allowed.
bool IsExpression(std::string_view text);

}  // namespace gregale::workflow
