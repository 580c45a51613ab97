#include <utility>
#include <vector>

#include "base/error.h"
#include "workflow/expr/yaql/evaluator.h"
#include "workflow/expr/yaql/function.h"
#include "workflow/expr/yaql/operators.h"
#include "workflow/expr/yaql/sequences.h"

namespace gregale::workflow::expr::yaql {
namespace {

// A copy of a dict costs a step per entry.
absl::StatusOr<Dict> Copy(Call& call, const Value& dict) {
  GREGALE_RETURN_IF_ERROR(call.evaluation().Step(static_cast<int64_t>(dict.dict().size())));
  return dict.dict();
}

// What `a => b, ...` in the arguments says.
absl::Status SetRules(Call& call, Dict& dict) {
  for (const auto& [source, destination] : call.rules) {
    GREGALE_ASSIGN_OR_RETURN(const Value key, call.evaluator.ApplyIn(source, call.scope));
    GREGALE_RETURN_IF_ERROR(CheckHashable(key));
    GREGALE_ASSIGN_OR_RETURN(const Value value, call.evaluator.ApplyIn(destination, call.scope));
    dict.Set(key, value);
  }
  return absl::OkStatus();
}

absl::StatusOr<Value> DictFromPairs(Call& call) {
  Dict dict;
  Reader pairs(call.evaluation(), call[0]);
  Value pair;
  while (true) {
    GREGALE_ASSIGN_OR_RETURN(const bool more, pairs.Next(pair));
    if (!more) break;
    Reader parts(call.evaluation(), pair);
    Value key;
    Value value;
    GREGALE_ASSIGN_OR_RETURN(const bool has_key, parts.Next(key));
    GREGALE_ASSIGN_OR_RETURN(const bool has_value, parts.Next(value));
    if (!has_key || !has_value) {
      return absl::InvalidArgumentError("an item of the list is no pair of key and value");
    }
    GREGALE_RETURN_IF_ERROR(CheckHashable(key));
    dict.Set(key, value);
  }
  return call.heap().NewDict(std::move(dict));
}

absl::StatusOr<Value> DictFromRules(Call& call) {
  Dict dict;
  GREGALE_RETURN_IF_ERROR(SetRules(call, dict));
  return call.heap().NewDict(std::move(dict));
}

absl::StatusOr<Value> ToDict(Call& call) {
  Dict dict;
  Reader reader(call.evaluation(), call[0]);
  Value item;
  while (true) {
    GREGALE_ASSIGN_OR_RETURN(const bool more, reader.Next(item));
    if (!more) break;
    GREGALE_ASSIGN_OR_RETURN(const Value key, call.Apply(1, item));
    GREGALE_RETURN_IF_ERROR(CheckHashable(key));
    Value value = item;
    if (call.Has(2)) {
      GREGALE_ASSIGN_OR_RETURN(value, call.Apply(2, item));
    }
    dict.Set(key, value);
  }
  return call.heap().NewDict(std::move(dict));
}

absl::StatusOr<Value> Get(Call& call) {
  GREGALE_RETURN_IF_ERROR(CheckHashable(call[1]));
  const Value* found = call[0].dict().Find(call[1]);
  return found != nullptr ? *found : call[2];
}

absl::StatusOr<Value> SetOne(Call& call) {
  GREGALE_RETURN_IF_ERROR(CheckHashable(call[1]));
  GREGALE_ASSIGN_OR_RETURN(Dict dict, Copy(call, call[0]));
  dict.Set(call[1], call[2]);
  return call.heap().NewDict(std::move(dict));
}

absl::StatusOr<Value> SetMany(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(Dict dict, Copy(call, call[0]));
  GREGALE_ASSIGN_OR_RETURN(const Dict replacements, Copy(call, call[1]));
  for (const auto& [key, value] : replacements.entries()) dict.Set(key, value);
  return call.heap().NewDict(std::move(dict));
}

absl::StatusOr<Value> SetInline(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(Dict dict, Copy(call, call[0]));
  GREGALE_RETURN_IF_ERROR(SetRules(call, dict));
  return call.heap().NewDict(std::move(dict));
}

// Python's views of keys and items are sets.
absl::StatusOr<Value> Keys(Call& call) {
  Dict keys;
  GREGALE_RETURN_IF_ERROR(call.evaluation().Step(static_cast<int64_t>(call[0].dict().size())));
  for (const auto& [key, value] : call[0].dict().entries()) keys.Set(key, Value());
  return call.heap().NewSet(std::move(keys));
}

absl::StatusOr<Value> Values(Call& call) {
  std::vector<Value> values;
  GREGALE_RETURN_IF_ERROR(call.evaluation().Step(static_cast<int64_t>(call[0].dict().size())));
  for (const auto& [key, value] : call[0].dict().entries()) values.push_back(value);
  return call.heap().List(std::move(values));
}

absl::StatusOr<Value> Items(Call& call) {
  Dict items;
  GREGALE_RETURN_IF_ERROR(call.evaluation().Step(static_cast<int64_t>(call[0].dict().size())));
  for (const auto& [key, value] : call[0].dict().entries()) {
    items.Set(call.heap().List({key, value}, ListKind::kTuple), Value());
  }
  return call.heap().NewSet(std::move(items));
}

absl::StatusOr<Value> ContainsKey(Call& call) {
  GREGALE_RETURN_IF_ERROR(CheckHashable(call[1]));
  return Value::Bool(call[0].dict().Find(call[1]) != nullptr);
}

absl::StatusOr<Value> ContainsValue(Call& call) {
  for (const auto& [key, value] : call[0].dict().entries()) {
    GREGALE_ASSIGN_OR_RETURN(const bool equal, EqualWithin(value, call[1], call.evaluation()));
    if (equal) return Value::Bool(true);
  }
  return Value::Bool(false);
}

absl::StatusOr<Value> Without(Call& call, const std::vector<Value>& keys) {
  Dict unwanted;
  for (const Value& key : keys) {
    GREGALE_RETURN_IF_ERROR(CheckHashable(key));
    unwanted.Set(key, Value());
  }
  Dict rest;
  for (const auto& [key, value] : call[0].dict().entries()) {
    GREGALE_RETURN_IF_ERROR(call.evaluation().Step());
    if (unwanted.Find(key) == nullptr) rest.Set(key, value);
  }
  return call.heap().NewDict(std::move(rest));
}

absl::StatusOr<Value> Delete(Call& call) {
  std::vector<Value> keys;
  for (const Argument& key : call.rest) keys.push_back(key.value);
  return Without(call, keys);
}

absl::StatusOr<Value> DeleteAll(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const std::vector<Value> keys, ReadAll(call.evaluation(), call[1]));
  return Without(call, keys);
}

absl::StatusOr<Value> Length(Call& call) {
  return Value::Int(static_cast<int64_t>(call[0].dict().size()));
}

absl::StatusOr<Value> IsDict(Call& call) { return Value::Bool(call[0].Is(Type::kDict)); }

constexpr FunctionRow kRows[] = {
    {"fn dict(items:iter)", &DictFromPairs},
    {"fn dict(*args:rule)", &DictFromRules},
    {"method toDict(collection:iter, keySelector:lambda, valueSelector:lambda=)", &ToDict},
    {"method get(dict:dict, key:any, default:any=null)", &Get},
    {"method set(dict:dict, key:any, value:any)", &SetOne},
    {"method set(dict:dict, replacements:dict)", &SetMany},
    {"method set(dict:dict, *args:rule)", &SetInline},
    {"method keys(dict:dict)", &Keys},
    {"method values(dict:dict)", &Values},
    {"method items(dict:dict)", &Items},
    {"method containsKey(dict:dict, key:any)", &ContainsKey},
    {"method containsValue(dict:dict, value:any)", &ContainsValue},
    {"method delete(dict:dict, *keys:any)", &Delete},
    {"method deleteAll(dict:dict, keys:iter)", &DeleteAll},
    {"both len(dict:dict)", &Length},
    {"fn isDict(arg:any)", &IsDict},
};

}  // namespace

std::span<const FunctionRow> DictFunctions() { return kRows; }

}  // namespace gregale::workflow::expr::yaql
