#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gregale::base {

// Takes one character from the front of `text`, which must not be empty. nullopt where `text` does
// not begin with valid UTF-8 (overlong forms, surrogates and values above U+10FFFF are not valid);
// `text` is unchanged then.
std::optional<char32_t> TakeUtf8(std::string_view& text);

bool IsUtf8(std::string_view text);

// `text` with U+FFFD in place of each byte that is not UTF-8, for messages that quote what came
// from outside.
std::string ToUtf8(std::string_view text);

}  // namespace gregale::base
