#include "workflow/expr/value.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>

#include "absl/hash/hash.h"
#include "base/limits.h"
#include "base/text.h"
#include "workflow/expr/bigint.h"
#include "workflow/expr/number.h"
#include "workflow/expr/time.h"

namespace gregale::workflow::expr {
namespace {

// Up to here a search through the entries is quicker than an index.
constexpr size_t kUnindexedEntriesMax = 8;

bool EqualDicts(const Dict& a, const Dict& b) {
  if (a.size() != b.size()) return false;
  for (const auto& [key, value] : a.entries()) {
    const Value* other = b.Find(key);
    if (other == nullptr || !Equal(value, *other)) return false;
  }
  return true;
}

bool EqualLists(const std::vector<Value>& a, const std::vector<Value>& b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), Equal);
}

}  // namespace

Value Value::Bool(bool value) {
  Value result(Type::kBool);
  result.bool_ = value;
  return result;
}

Value Value::Int(int64_t value) {
  Value result(Type::kInt);
  result.int_ = value;
  return result;
}

Value Value::Float(double value) {
  Value result(Type::kFloat);
  result.float_ = value;
  return result;
}

Value Value::Timespan(int64_t micros) {
  Value result(Type::kTimespan);
  result.int_ = micros;
  return result;
}

Value Value::Of(Type type, Object* object) {
  Value result(type);
  result.object_ = object;
  return result;
}

const std::string& Value::string() const { return static_cast<StringObject*>(object_)->text; }
const std::vector<Value>& Value::items() const { return static_cast<ListObject*>(object_)->items; }
ListKind Value::list_kind() const { return static_cast<ListObject*>(object_)->kind; }
const Dict& Value::dict() const { return static_cast<DictObject*>(object_)->dict; }
const BigInt& Value::big() const { return *static_cast<BigInt*>(object_); }

template <typename Matches>
size_t Dict::FindSlot(uint64_t hash, Matches matches) const {
  if (entries_.size() <= kUnindexedEntriesMax) {
    for (size_t i = 0; i < entries_.size(); ++i) {
      if (matches(entries_[i].first)) return i;
    }
    return entries_.size();
  }
  const auto found = index_.find(hash);
  if (found != index_.end()) {
    for (uint32_t i : found->second) {
      if (matches(entries_[i].first)) return i;
    }
  }
  return entries_.size();
}

const Value* Dict::Find(const Value& key) const {
  if (entries_.empty()) return nullptr;
  const size_t slot = FindSlot(Hash(key), [&](const Value& other) { return Equal(key, other); });
  return slot == entries_.size() ? nullptr : &entries_[slot].second;
}

const Value* Dict::Find(std::string_view key) const {
  const size_t slot = FindSlot(absl::HashOf(base::ToAbsl(key)), [&](const Value& other) {
    return other.Is(Type::kString) && other.string() == key;
  });
  return slot == entries_.size() ? nullptr : &entries_[slot].second;
}

void Dict::Set(const Value& key, const Value& value) {
  const uint64_t hash = Hash(key);
  const size_t slot = FindSlot(hash, [&](const Value& other) { return Equal(key, other); });
  if (slot < entries_.size()) {
    entries_[slot].second = value;
    return;
  }
  entries_.emplace_back(key, value);
  if (entries_.size() == kUnindexedEntriesMax + 1) {
    for (size_t i = 0; i < entries_.size(); ++i) {
      index_[Hash(entries_[i].first)].push_back(static_cast<uint32_t>(i));
    }
  } else if (entries_.size() > kUnindexedEntriesMax) {
    index_[hash].push_back(static_cast<uint32_t>(slot));
  }
}

void Dict::Erase(const Value& key) {
  Dict rest;
  for (const auto& [other, value] : entries_) {
    if (!Equal(key, other)) rest.Set(other, value);
  }
  *this = std::move(rest);
}

bool Heap::Charge(size_t bytes) {
  bytes_ += bytes;
  if (bytes_ > bytes_max_) exhausted_ = true;
  return !exhausted_;
}

Value Heap::String(std::string text) {
  if (!Charge(text.size())) return Value();
  return Value::Of(Type::kString, Make<StringObject>(std::move(text)));
}

Value Heap::Markup(std::string text) {
  if (!Charge(text.size())) return Value();
  auto* object = Make<StringObject>(std::move(text));
  object->markup = true;
  return Value::Of(Type::kString, object);
}

bool IsMarkup(const Value& value) {
  return value.Is(Type::kString) && static_cast<const StringObject*>(value.object())->markup;
}

void Extent::Add(const Value& part) {
  const Extent other = ExtentOf(part);
  depth = std::max(depth, other.depth + 1);
  nodes += other.nodes;
}

Extent ExtentOf(const Value& value) {
  switch (value.type()) {
    case Type::kList:
      return static_cast<const ListObject*>(value.object())->extent;
    case Type::kDict:
    case Type::kSet:
      return static_cast<const DictObject*>(value.object())->extent;
    default:
      return {.depth = 0, .nodes = 1};
  }
}

bool Heap::Fits(const Extent& extent) {
  if (extent.depth > base::kExpressionValueDepthMax ||
      extent.nodes > base::kExpressionValueNodesMax) {
    exhausted_ = true;
  }
  return !exhausted_;
}

Value Heap::List(std::vector<Value> items, ListKind kind) {
  Extent extent;
  for (const Value& item : items) extent.Add(item);
  if (!Fits(extent) || !Charge(items.size() * sizeof(Value))) return Value();
  auto* list = Make<ListObject>();
  list->items = std::move(items);
  list->kind = kind;
  list->extent = extent;
  return Value::Of(Type::kList, list);
}

Value Heap::Container(Type type, Dict dict) {
  Extent extent;
  for (const auto& [key, value] : dict.entries()) {
    extent.Add(key);
    extent.Add(value);
  }
  if (!Fits(extent) || !Charge(dict.size() * 2 * sizeof(Dict::Entry))) return Value();
  auto* object = Make<DictObject>();
  object->dict = std::move(dict);
  object->extent = extent;
  return Value::Of(type, object);
}

bool Truthy(const Value& value) {
  switch (value.type()) {
    case Type::kUndefined:
    case Type::kNull:
      return false;
    case Type::kBool:
      return value.bool_value();
    case Type::kInt:
    case Type::kTimespan:
      return value.int_value() != 0;
    case Type::kFloat:
      return value.float_value() != 0;
    case Type::kString:
      return !value.string().empty();
    case Type::kList:
      return !value.items().empty();
    case Type::kDict:
    case Type::kSet:
      return !value.dict().empty();
    default:
      return true;
  }
}

bool Equal(const Value& a, const Value& b) {
  if (IsNumeric(a) && IsNumeric(b)) {
    const std::optional<int> order = CompareNumbers(a, b);
    return order && *order == 0;
  }
  if (a.type() != b.type()) return false;
  switch (a.type()) {
    case Type::kNull:
    case Type::kUndefined:
      return true;
    case Type::kTimespan:
      return a.int_value() == b.int_value();
    case Type::kString:
      return a.string() == b.string();
    case Type::kList:
      return a.list_kind() == b.list_kind() && EqualLists(a.items(), b.items());
    case Type::kDict:
      return EqualDicts(a.dict(), b.dict());
    case Type::kSet:
      return EqualDicts(a.dict(), b.dict());
    case Type::kDatetime:
      return UtcMicros(a) == UtcMicros(b);
    default:
      return a.object() == b.object();
  }
}

uint64_t Hash(const Value& value) {
  if (IsNumeric(value)) return HashNumber(value);
  switch (value.type()) {
    case Type::kString:
      return absl::HashOf(value.string());
    case Type::kTimespan:
      return absl::HashOf(value.int_value());
    case Type::kDatetime:
      return absl::HashOf(UtcMicros(value));
    case Type::kList: {
      uint64_t hash = 1;
      for (const Value& item : value.items()) hash = absl::HashOf(hash, Hash(item));
      return hash;
    }
    case Type::kDict:
    case Type::kSet: {
      uint64_t hash = 2;  // of the pairs in any order
      for (const auto& [key, item] : value.dict().entries()) {
        hash ^= absl::HashOf(Hash(key), Hash(item));
      }
      return hash;
    }
    case Type::kNull:
    case Type::kUndefined:
      return 0;
    default:
      return absl::HashOf(value.object());
  }
}

bool Hashable(const Value& value) {
  switch (value.type()) {
    case Type::kList:
      return std::all_of(value.items().begin(), value.items().end(), Hashable);
    case Type::kDict:
      return std::all_of(value.dict().entries().begin(), value.dict().entries().end(),
                         [](const Dict::Entry& entry) { return Hashable(entry.second); });
    default:
      return true;
  }
}

std::string_view TypeName(const Value& value) {
  switch (value.type()) {
    case Type::kUndefined:
      return "Undefined";
    case Type::kNull:
      return "NoneType";
    case Type::kBool:
      return "bool";
    case Type::kInt:
    case Type::kBigInt:
      return "int";
    case Type::kFloat:
      return "float";
    case Type::kString:
      return IsMarkup(value) ? "Markup" : "str";
    case Type::kList:
      if (value.list_kind() == ListKind::kRange) return "range";
      return value.list_kind() == ListKind::kTuple ? "tuple" : "list";
    case Type::kDict:
      return "dict";
    case Type::kSet:
      return "set";
    case Type::kSequence:
      return "generator";
    case Type::kRegex:
      return "Pattern";
    case Type::kTimespan:
      return "timedelta";
    case Type::kDatetime:
      return "datetime";
    case Type::kContext:
      return "Context";
    case Type::kCallable:
      return "function";
  }
  return "object";
}

}  // namespace gregale::workflow::expr
