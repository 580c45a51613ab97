#include "store/database.h"

#include <limits>

namespace gregale::store {

namespace {
constexpr int64_t kInfiniteFutureMicros = std::numeric_limits<int64_t>::max();
}  // namespace

bool SqlRow::IsNull(size_t column) const {
  return std::holds_alternative<std::nullptr_t>(values_.at(column));
}

int64_t SqlRow::Int(size_t column) const {
  const int64_t* value = std::get_if<int64_t>(&values_.at(column));
  return value == nullptr ? 0 : *value;
}

std::string SqlRow::Text(size_t column) const {
  const std::string* value = std::get_if<std::string>(&values_.at(column));
  return value == nullptr ? std::string() : *value;
}

absl::Time SqlRow::Time(size_t column) const {
  if (IsNull(column)) return absl::InfinitePast();
  const int64_t micros = Int(column);
  return micros == kInfiniteFutureMicros ? absl::InfiniteFuture() : absl::FromUnixMicros(micros);
}

SqlValue TimeValue(absl::Time time) {
  if (time == absl::InfinitePast()) return nullptr;
  if (time == absl::InfiniteFuture()) return kInfiniteFutureMicros;
  return absl::ToUnixMicros(time);
}

SqlValue TextValue(std::string_view text) { return std::string(text); }

SqlValue TextOrNull(std::string_view text) {
  if (text.empty()) return nullptr;
  return std::string(text);
}

}  // namespace gregale::store
