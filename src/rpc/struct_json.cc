#include "rpc/struct_json.h"

#include <cmath>
#include <cstdint>
#include <map>
#include <string>

#include "base/limits.h"
#include "base/text.h"

namespace gregale::rpc {
namespace {

using base::Json;
using google::protobuf::Struct;
using google::protobuf::Value;

// Up to here every integer has a double of its own.
constexpr int64_t kExactIntegerMax = int64_t{1} << 53;

// Counts what a conversion has seen. The first broken bound sticks, and everything after it is
// skipped.
class Budget {
 public:
  // Whether a value at `depth` (1: the outermost object) may be converted.
  bool Take(int depth) {
    if (depth > base::kDocumentDepthMax) {
      return Refuse(base::Cat("nested deeper than ", base::kDocumentDepthMax));
    }
    if (++nodes_ > base::kDocumentNodesMax) {
      return Refuse(base::Cat("more than ", base::kDocumentNodesMax, " values"));
    }
    return status_.ok();
  }
  bool Refuse(std::string_view why) {
    if (status_.ok()) status_ = absl::InvalidArgumentError(base::ToAbsl(why));
    return false;
  }
  const absl::Status& status() const { return status_; }

 private:
  size_t nodes_ = 0;
  absl::Status status_;
};

Json NumberToJson(double number, Budget& budget) {
  if (!std::isfinite(number)) {
    budget.Refuse("a number is infinite or not a number");
    return Json();
  }
  if (number == std::trunc(number) && std::abs(number) <= static_cast<double>(kExactIntegerMax)) {
    return static_cast<int64_t>(number);
  }
  return number;
}

Json ValueToJson(const Value& value, int depth, Budget& budget);

Json StructToJson(const Struct& object, int depth, Budget& budget) {
  Json json = Json::object();
  std::map<std::string_view, const Value*> sorted;
  for (const auto& [key, value] : object.fields()) sorted.emplace(key, &value);
  // Past ordered_json's own insertion, which searches the object each time.
  auto& members = json.get_ref<Json::object_t&>();
  for (const auto& [key, value] : sorted) {
    members.emplace_back(std::string(key), ValueToJson(*value, depth + 1, budget));
  }
  return json;
}

Json ValueToJson(const Value& value, int depth, Budget& budget) {
  // A collection takes its own place as its value: `depth` grows where one opens.
  const bool is_collection = value.has_struct_value() || value.has_list_value();
  if (!budget.Take(is_collection ? depth : depth - 1)) return Json();
  switch (value.kind_case()) {
    case Value::kNumberValue:
      return NumberToJson(value.number_value(), budget);
    case Value::kStringValue:
      return value.string_value();
    case Value::kBoolValue:
      return value.bool_value();
    case Value::kStructValue:
      return StructToJson(value.struct_value(), depth, budget);
    case Value::kListValue: {
      Json json = Json::array();
      for (const Value& item : value.list_value().values()) {
        json.push_back(ValueToJson(item, depth + 1, budget));
      }
      return json;
    }
    case Value::kNullValue:
    case Value::KIND_NOT_SET:
      return Json();
  }
  return Json();
}

bool IsExact(const Json& number) {
  if (number.is_number_float()) return std::isfinite(number.get<double>());
  if (number.is_number_unsigned()) return number.get<uint64_t>() <= uint64_t{kExactIntegerMax};
  const auto integer = number.get<int64_t>();
  return integer >= -kExactIntegerMax && integer <= kExactIntegerMax;
}

void JsonToValue(const Json& json, int depth, Budget& budget, Value& value);

void JsonToStruct(const Json& json, int depth, Budget& budget, Struct& object) {
  for (const auto& [key, item] : json.get_ref<const Json::object_t&>()) {
    JsonToValue(item, depth + 1, budget, (*object.mutable_fields())[key]);
  }
}

void JsonToValue(const Json& json, int depth, Budget& budget, Value& value) {
  if (!budget.Take(json.is_structured() ? depth : depth - 1)) return;
  if (json.is_object()) {
    JsonToStruct(json, depth, budget, *value.mutable_struct_value());
  } else if (json.is_array()) {
    for (const Json& item : json) {
      JsonToValue(item, depth + 1, budget, *value.mutable_list_value()->add_values());
    }
    value.mutable_list_value();
  } else if (json.is_string()) {
    value.set_string_value(json.get_ref<const std::string&>());
  } else if (json.is_boolean()) {
    value.set_bool_value(json.get<bool>());
  } else if (json.is_number()) {
    if (!IsExact(json)) budget.Refuse(base::Cat("the number ", json.dump(), " is too large"));
    value.set_number_value(json.get<double>());
  } else {
    value.set_null_value(google::protobuf::NULL_VALUE);
  }
}

}  // namespace

absl::StatusOr<Json> ToJson(const Struct& object) {
  Budget budget;
  budget.Take(1);
  Json json = StructToJson(object, 1, budget);
  if (!budget.status().ok()) return budget.status();
  return json;
}

absl::StatusOr<Struct> ToStruct(const Json& object) {
  if (!object.is_object()) return absl::InvalidArgumentError("not a JSON object");
  Budget budget;
  budget.Take(1);
  Struct result;
  JsonToStruct(object, 1, budget, result);
  if (!budget.status().ok()) return budget.status();
  return result;
}

}  // namespace gregale::rpc
