#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace gregale::tosca {

// The template is wrong at `path`: kInvalidArgument of kind "ToscaParserFailed". The message is
// "<path>: <reason>".
absl::Status TemplateError(std::string_view path, std::string_view reason);

// Paths in a template: "a.b" and "a[0]"; Child("", "a") is "a". A key longer than any name is cut
// off.
std::string Child(std::string_view path, std::string_view key);
std::string Item(std::string_view path, size_t index);

// At most 60 characters of a text from outside, in quotes, control characters as '?'.
std::string Quoted(std::string_view text);

}  // namespace gregale::tosca
