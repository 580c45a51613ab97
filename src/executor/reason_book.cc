#include "executor/reason_book.h"

namespace gregale::executor {
namespace {

constexpr size_t kCharsMax = 128;

}  // namespace

ReasonBook::Number ReasonBook::NumberOf(std::string_view reason) {
  if (reason.empty()) return kNone;
  const auto known = numbers_.find(reason);
  if (known != numbers_.end()) return known->second;
  const size_t number = texts_.size() + 1;
  if (number == kUnlisted || reason.size() > kCharsMax) return kUnlisted;
  const auto entry = numbers_.emplace(reason, static_cast<Number>(number)).first;
  texts_.push_back(entry->first);
  return entry->second;
}

std::string_view ReasonBook::TextOf(Number number) const {
  if (number == kNone || number > texts_.size()) return {};
  return texts_[number - 1u];
}

}  // namespace gregale::executor
