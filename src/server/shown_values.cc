#include "server/shown_values.h"

namespace gregale::server {

using base::Json;

Json TextOrNull(const std::string& text) { return text.empty() ? Json() : Json(text); }

Json TimeOrNull(absl::Time time) {
  if (time == absl::InfinitePast()) return Json();
  return absl::FormatTime("%Y-%m-%d %H:%M:%S", time, absl::UTCTimeZone());
}

Json JsonText(const std::string& column) { return column.empty() ? "{}" : column; }

Json ListIn(const std::string& column) {
  absl::StatusOr<Json> list = base::ParseJson(column);
  return list.ok() && list->is_array() ? *std::move(list) : Json::array();
}

Json ObjectIn(const std::string& column) {
  absl::StatusOr<Json> object = base::ParseJson(column);
  return object.ok() && object->is_object() ? *std::move(object) : Json::object();
}

}  // namespace gregale::server
