#include "store/json_column.h"

#include "base/json.h"
#include "base/text.h"

namespace gregale::store {

namespace {

absl::StatusOr<base::Json> Parse(std::string_view text, base::Json::value_t type) {
  absl::StatusOr<base::Json> json = base::ParseJson(text);
  if (!json.ok()) {
    return absl::DataLossError(base::Cat("a JSON column was damaged: ", json.status().message()));
  }
  bool right = json->type() == type;
  for (const base::Json& item : *json) right = right && item.is_string();
  if (!right) return absl::DataLossError("a JSON column has values of another type");
  return json;
}

}  // namespace

std::string EncodeMap(const std::map<std::string, std::string>& map) {
  base::Json json = base::Json::object();
  for (const auto& [key, value] : map) json[key] = value;
  return base::DumpJson(json);
}

std::string EncodeList(const std::vector<std::string>& list) {
  base::Json json = base::Json::array();
  for (const std::string& value : list) json.push_back(value);
  return base::DumpJson(json);
}

absl::StatusOr<std::map<std::string, std::string>> DecodeMap(std::string_view text) {
  std::map<std::string, std::string> map;
  if (text.empty()) return map;
  const absl::StatusOr<base::Json> json = Parse(text, base::Json::value_t::object);
  if (!json.ok()) return json.status();
  for (const auto& item : json->items()) map[item.key()] = item.value().get<std::string>();
  return map;
}

absl::StatusOr<std::vector<std::string>> DecodeList(std::string_view text) {
  std::vector<std::string> list;
  if (text.empty()) return list;
  const absl::StatusOr<base::Json> json = Parse(text, base::Json::value_t::array);
  if (!json.ok()) return json.status();
  for (const base::Json& item : *json) list.push_back(item.get<std::string>());
  return list;
}

}  // namespace gregale::store
