#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"

// The values of expressions: what Python's values are to the originals of our two languages.
namespace gregale::workflow::expr {

enum class Type : uint8_t {
  kUndefined,  // Jinja: a name without a value
  kNull,
  kBool,
  kInt,
  kBigInt,  // an integer beyond 64 bits
  kFloat,
  kString,
  kList,  // also Python's tuple
  kDict,
  kSet,
  kSequence,  // lazy, read once
  kRegex,
  kTimespan,
  kDatetime,
  kContext,   // YAQL: what let() gives to ->
  kCallable,  // Jinja: a method or macro that was not called yet
};

// Which of Python's list, tuple and range a list would be; they print differently.
enum class ListKind : uint8_t { kList, kTuple, kRange };

// What lies on a Heap.
struct Object {
  virtual ~Object() = default;
};

class BigInt;
class Dict;
class Sequence;
struct ListObject;
struct StringObject;

// A value; cheap to copy. What it refers to belongs to the Heap that made it, and dies with that.
class Value {
 public:
  Value() = default;
  static Value Undefined() { return Value(Type::kUndefined); }
  static Value Bool(bool value);
  static Value Int(int64_t value);
  static Value Float(double value);
  static Value Timespan(int64_t micros);
  // `object` must be what `type` says.
  static Value Of(Type type, Object* object);

  Type type() const { return type_; }
  bool Is(Type type) const { return type_ == type; }
  bool is_null() const { return type_ == Type::kNull; }
  // kInt or kBigInt; a bool is none.
  bool is_integer() const { return type_ == Type::kInt || type_ == Type::kBigInt; }
  bool is_number() const { return is_integer() || type_ == Type::kFloat; }

  // Each only for the type in its name.
  bool bool_value() const { return bool_; }
  int64_t int_value() const { return int_; }  // also the microseconds of a kTimespan
  double float_value() const { return float_; }
  const std::string& string() const;
  const std::vector<Value>& items() const;
  ListKind list_kind() const;
  const Dict& dict() const;  // kDict, and kSet, whose elements are its keys
  const BigInt& big() const;
  Sequence& sequence() const;
  // Of a value that has an object.
  Object* object() const { return object_; }

 private:
  explicit Value(Type type) : type_(type) {}

  Type type_ = Type::kNull;
  union {
    bool bool_;
    int64_t int_ = 0;
    double float_;
    Object* object_;
  };
};

// An ordered map with the keys of Python's dict: 1, 1.0 and true are one key.
class Dict {
 public:
  using Entry = std::pair<Value, Value>;

  // nullptr where there is none.
  const Value* Find(const Value& key) const;
  const Value* Find(std::string_view key) const;
  // Replaces the value of an equal key, at its place; else appends. `key` must be hashable.
  void Set(const Value& key, const Value& value);
  void Erase(const Value& key);

  const std::vector<Entry>& entries() const { return entries_; }
  size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }

 private:
  template <typename Matches>
  size_t FindSlot(uint64_t hash, Matches matches) const;

  std::vector<Entry> entries_;
  // Hash of a key -> places in entries_; made once there are more than a few.
  absl::flat_hash_map<uint64_t, std::vector<uint32_t>> index_;
};

struct StringObject : Object {
  explicit StringObject(std::string t) : text(std::move(t)) {}
  std::string text;
  bool markup = false;  // Jinja: escaped, or declared to be safe
};

// How deep a value is nested, and how many values it is made of where one that is used twice counts
// twice.
struct Extent {
  int depth = 1;
  size_t nodes = 1;

  void Add(const Value& part);
};

struct ListObject : Object {
  std::vector<Value> items;
  ListKind kind = ListKind::kList;
  Extent extent;
};

struct DictObject : Object {
  Dict dict;
  Extent extent;
};

Extent ExtentOf(const Value& value);

// Where the values of one evaluation live; all of them die with it. Bounded: a value that would
// exceed the budget of bytes or of its extent is made null instead and the heap is exhausted from
// then on, which the evaluator sees at its next step. Since no value exceeds
// kExpressionValueDepthMax and kExpressionValueNodesMax, functions may recurse over values. Not
// thread-safe.
class Heap {
 public:
  explicit Heap(size_t bytes_max) : bytes_max_(bytes_max) {}
  Heap(const Heap&) = delete;
  Heap& operator=(const Heap&) = delete;

  Value String(std::string text);
  Value Markup(std::string text);
  Value List(std::vector<Value> items, ListKind kind = ListKind::kList);
  Value NewDict(Dict dict) { return Container(Type::kDict, std::move(dict)); }
  // The elements are the keys.
  Value NewSet(Dict elements) { return Container(Type::kSet, std::move(elements)); }

  // Any other object.
  template <typename T, typename... Args>
  T* Make(Args&&... args) {
    auto object = std::make_unique<T>(std::forward<Args>(args)...);
    T* raw = object.get();
    Charge(sizeof(T));
    objects_.push_back(std::move(object));
    return raw;
  }

  // Counts bytes that are about to be used; false, and exhausted, where they are too many.
  bool Charge(size_t bytes);
  bool exhausted() const { return exhausted_; }

 private:
  Value Container(Type type, Dict dict);
  bool Fits(const Extent& extent);

  const size_t bytes_max_;
  size_t bytes_ = 0;
  bool exhausted_ = false;
  std::vector<std::unique_ptr<Object>> objects_;
};

// Whether a value is a text that Heap::Markup() made.
bool IsMarkup(const Value& value);

// Python's bool().
bool Truthy(const Value& value);

// Python's ==.
bool Equal(const Value& a, const Value& b);

// Python's hash(); only of hashable values.
uint64_t Hash(const Value& value);

// Lists hash as YAQL's tuples do; sequences hash by identity. False for what holds a set or dict
// that Python's originals refuse.
bool Hashable(const Value& value);

// Python's name of the type, for messages: "int", "NoneType".
std::string_view TypeName(const Value& value);

}  // namespace gregale::workflow::expr
