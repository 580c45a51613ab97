#include "workflow/expr/json_value.h"

#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "workflow/expr/bigint.h"
#include "workflow/expr/number.h"
#include "workflow/expr/python_text.h"

namespace gregale::workflow::expr {
namespace {

// Both directions recurse over values, which are nested no deeper than documents and heaps allow.
class Writer {
 public:
  absl::StatusOr<base::Json> Write(const Value& value) {
    GREGALE_RETURN_IF_ERROR(Count(8));
    switch (value.type()) {
      case Type::kNull:
        return base::Json(nullptr);
      case Type::kBool:
        return base::Json(value.bool_value());
      case Type::kInt:
        return base::Json(value.int_value());
      case Type::kBigInt:
        return WriteBig(value.big());
      case Type::kFloat:
        return base::Json(value.float_value());
      case Type::kString:
        GREGALE_RETURN_IF_ERROR(Count(value.string().size()));
        return base::Json(value.string());
      case Type::kList:
        return WriteList(value.items());
      case Type::kDict:
        return WriteDict(value.dict());
      case Type::kSet:
        return WriteSet(value.dict());
      default:
        return absl::InvalidArgumentError(
            base::Cat("a ", TypeName(value), " cannot be written as JSON"));
    }
  }

 private:
  absl::Status Count(size_t bytes) {
    bytes_ += bytes;
    if (bytes_ <= base::kExpressionOutputBytesMax) return absl::OkStatus();
    return absl::ResourceExhaustedError(
        base::Cat("The result is larger than ", base::kExpressionOutputBytesMax, " bytes"));
  }

  static absl::StatusOr<base::Json> WriteBig(const BigInt& value) {
    BigInt quotient;
    BigInt rest;
    BigInt::DivideFloor(value, BigInt(1LL << 32), quotient, rest);
    if (!value.negative() && value.bits() <= 64) {
      return base::Json((static_cast<uint64_t>(*quotient.ToInt64()) << 32) |
                        static_cast<uint64_t>(*rest.ToInt64()));
    }
    return absl::InvalidArgumentError("an integer of more than 64 bits cannot be written as JSON");
  }

  absl::StatusOr<base::Json> WriteList(const std::vector<Value>& items) {
    base::Json array = base::Json::array();
    for (const Value& item : items) {
      GREGALE_ASSIGN_OR_RETURN(base::Json element, Write(item));
      array.push_back(std::move(element));
    }
    return array;
  }

  absl::StatusOr<base::Json> WriteSet(const Dict& elements) {
    base::Json array = base::Json::array();
    for (const auto& [key, unused] : elements.entries()) {
      GREGALE_ASSIGN_OR_RETURN(base::Json element, Write(key));
      array.push_back(std::move(element));
    }
    return array;
  }

  absl::StatusOr<base::Json> WriteDict(const Dict& dict) {
    // Built as a vector of pairs: the ordered object's own insertion looks through all keys.
    base::Json::object_t object;
    object.reserve(dict.size());
    for (const auto& [key, item] : dict.entries()) {
      std::string name = KeyText(key);
      GREGALE_RETURN_IF_ERROR(Count(name.size()));
      GREGALE_ASSIGN_OR_RETURN(base::Json element, Write(item));
      static_cast<base::Json::object_t::Container&>(object).emplace_back(std::move(name),
                                                                         std::move(element));
    }
    return base::Json(std::move(object));
  }

  // As json.dumps writes keys that are no strings.
  static std::string KeyText(const Value& key) {
    if (key.is_null()) return "null";
    if (key.Is(Type::kBool)) return key.bool_value() ? "true" : "false";
    return Str(key);
  }

  size_t bytes_ = 0;
};

}  // namespace

absl::StatusOr<base::Json> ToJson(const Value& value) { return Writer().Write(value); }

Value FromJson(const base::Json& json, ListKind kind, Heap& heap) {
  switch (json.type()) {
    case base::Json::value_t::boolean:
      return Value::Bool(json.get<bool>());
    case base::Json::value_t::number_integer:
      return Value::Int(json.get<int64_t>());
    case base::Json::value_t::number_unsigned: {
      const auto number = json.get<uint64_t>();
      if (number <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
        return Value::Int(static_cast<int64_t>(number));
      }
      return IntegerValue(BigInt::FromDigits(base::Cat(number)), heap);
    }
    case base::Json::value_t::number_float:
      return Value::Float(json.get<double>());
    case base::Json::value_t::string:
      return heap.String(json.get_ref<const std::string&>());
    case base::Json::value_t::array: {
      std::vector<Value> items;
      items.reserve(json.size());
      for (const base::Json& item : json) items.push_back(FromJson(item, kind, heap));
      return heap.List(std::move(items), kind);
    }
    case base::Json::value_t::object: {
      Dict dict;
      for (const auto& [key, item] : json.items()) {
        dict.Set(heap.String(key), FromJson(item, kind, heap));
      }
      return heap.NewDict(std::move(dict));
    }
    default:
      return Value();
  }
}

}  // namespace gregale::workflow::expr
