#pragma once

#include <string>
#include <string_view>

#include "base/random.h"

// Bearer tokens, and the digests by which they are kept.
namespace gregale::base {

// 256 random bits as text without characters that need quoting.
std::string NewToken(Random& random);

// SHA-256, 64 lower-case hexadecimal digits (as sha256sum prints it). A token that is random needs
// no slower hash.
std::string TokenDigest(std::string_view token);

// Whether two texts are the same, in a time that depends on their lengths alone.
bool SameSecret(std::string_view a, std::string_view b);

}  // namespace gregale::base
