#pragma once

#include <string>
#include <string_view>

namespace gregale::base {

// HMAC-SHA256 of `text` in lower-case hexadecimal digits. Any length of key is right.
std::string HmacSha256(std::string_view key, std::string_view text);

}  // namespace gregale::base
