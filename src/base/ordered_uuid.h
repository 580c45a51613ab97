#pragma once

#include <string>

#include "absl/time/time.h"
#include "base/random.h"

namespace gregale::base {

// A UUID (RFC 9562 version 7) that comes after those of earlier milliseconds, as text, too: rows
// that are made together lie together in an index of it. 74 bits of it are random.
std::string NewOrderedUuid(Random& random, absl::Time now);

}  // namespace gregale::base
