#include "base/json.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "base/text.h"
#include "base/utf8.h"

namespace gregale::base {
namespace {

// Reads the text for the parser and counts what it has read, so that every error can say where it
// is.
class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* at, size_t* count) : at_(at), count_(count) {}
  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    ++at_;
    ++*count_;
    return *this;
  }
  friend bool operator==(const CountingIterator& a, const CountingIterator& b) {
    return a.at_ == b.at_;
  }
  friend bool operator!=(const CountingIterator& a, const CountingIterator& b) { return !(a == b); }

 private:
  const char* at_;
  size_t* count_;
};

// Builds the value while nlohmann's parser, which does not recurse, reads the text; stops at the
// first broken bound.
class Builder : public nlohmann::json_sax<Json> {
 public:
  explicit Builder(const size_t& bytes_read) : bytes_read_(bytes_read) {}

  bool null() override { return Add(Json()) != nullptr; }
  bool boolean(bool value) override { return Add(Json(value)) != nullptr; }
  bool number_integer(number_integer_t value) override { return Add(Json(value)) != nullptr; }
  bool number_unsigned(number_unsigned_t value) override { return Add(Json(value)) != nullptr; }
  bool number_float(number_float_t value, const string_t&) override {
    return Add(Json(value)) != nullptr;
  }
  bool string(string_t& value) override { return Add(Json(std::move(value))) != nullptr; }
  bool binary(binary_t&) override { return Refuse("binary data"); }
  bool start_object(size_t) override { return Open(Json::object()); }
  bool start_array(size_t) override { return Open(Json::array()); }
  bool end_array() override { return Close(); }
  bool end_object() override { return KeysAreUnique() && Close(); }
  bool key(string_t& key) override {
    // Past ordered_json's own insertion, which searches the object each time.
    Entries().emplace_back(std::move(key), Json());
    return true;
  }
  bool parse_error(size_t position, const std::string&,
                   const nlohmann::detail::exception& error) override {
    // nlohmann's messages read "[json.exception.parse_error.101] parse error at ...: what is
    // wrong".
    std::string_view what = error.what();
    if (const size_t end = what.find("] "); end != what.npos) what.remove_prefix(end + 2);
    if (what.starts_with("parse error at ")) {
      if (const size_t end = what.find(": "); end != what.npos) what.remove_prefix(end + 2);
    }
    return RefuseAt(position, what);
  }

  Json TakeValue() { return std::move(root_); }
  const absl::Status& status() const { return status_; }

 private:
  Json::object_t& Entries() { return open_.back()->get_ref<Json::object_t&>(); }

  // Puts the value where the text has it; nullptr where that breaks the bound.
  Json* Add(Json value) {
    if (++nodes_ > kDocumentNodesMax) {
      Refuse(Cat("more than ", kDocumentNodesMax, " values"));
      return nullptr;
    }
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    if (open_.back()->is_array()) {
      open_.back()->push_back(std::move(value));
      return &open_.back()->back();
    }
    Json& place = Entries().back().second;
    place = std::move(value);
    return &place;
  }

  bool Open(Json container) {
    if (open_.size() == size_t{kDocumentDepthMax}) {
      return Refuse(Cat("nested deeper than ", kDocumentDepthMax));
    }
    Json* added = Add(std::move(container));
    if (added == nullptr) return false;
    open_.push_back(added);  // stays where it is: its container does not grow before it is closed
    return true;
  }

  bool Close() {
    open_.pop_back();
    return true;
  }

  bool KeysAreUnique() {
    std::vector<std::string_view> keys;
    keys.reserve(Entries().size());
    for (const auto& entry : Entries()) keys.push_back(entry.first);
    std::sort(keys.begin(), keys.end());
    const auto twice = std::adjacent_find(keys.begin(), keys.end());
    return twice == keys.end() || Refuse(Cat("duplicate key \"", *twice, "\""));
  }

  bool Refuse(std::string_view why) { return RefuseAt(bytes_read_, why); }
  bool RefuseAt(size_t position, std::string_view why) {
    status_ = absl::InvalidArgumentError(Cat("JSON, byte ", position, ": ", ToUtf8(why)));
    return false;
  }

  const size_t& bytes_read_;
  Json root_;
  std::vector<Json*> open_;
  size_t nodes_ = 0;
  absl::Status status_;
};

std::string DumpString(const std::string& text) {
  return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

void AppendValue(std::string& out, const Json& value) {
  std::string_view separator = "";
  if (value.is_object()) {
    out += '{';
    for (const auto& [key, item] : value.get_ref<const Json::object_t&>()) {
      Append(out, std::exchange(separator, ", "), DumpString(key), ": ");
      AppendValue(out, item);
    }
    out += '}';
  } else if (value.is_array()) {
    out += '[';
    for (const Json& item : value) {
      out += std::exchange(separator, ", ");
      AppendValue(out, item);
    }
    out += ']';
  } else {
    out += value.dump(-1, ' ', false, Json::error_handler_t::replace);
  }
}

}  // namespace

absl::StatusOr<Json> ParseJson(std::string_view text) {
  size_t bytes_read = 0;
  Builder builder(bytes_read);
  const CountingIterator begin(text.data(), &bytes_read);
  const CountingIterator end(text.data() + text.size(), &bytes_read);
  if (!Json::sax_parse(begin, end, &builder)) return builder.status();
  return builder.TakeValue();
}

std::string DumpJson(const Json& value) {
  std::string out;
  AppendValue(out, value);
  return out;
}

}  // namespace gregale::base
