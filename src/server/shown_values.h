#pragma once

#include <string>

#include "absl/time/time.h"
#include "base/json.h"

// How values of rows are shown.
namespace gregale::server {

// null for "".
base::Json TextOrNull(const std::string& text);
// "2026-07-01 12:00:00", in UTC; null for never.
base::Json TimeOrNull(absl::Time time);
// A value that is shown as its JSON text, from a column that holds that; "{}" where it holds none.
base::Json JsonText(const std::string& column);
// The list in a column; [] where it holds none or is damaged.
base::Json ListIn(const std::string& column);
// The object in a column; {} where it holds none or is damaged.
base::Json ObjectIn(const std::string& column);

}  // namespace gregale::server
