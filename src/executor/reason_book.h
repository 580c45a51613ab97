#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace gregale::executor {

// Why probes fail: each reason once, however many targets have it, since all may fail at once. It
// takes so many short ones and no more: what else there is, targets keep for themselves. On one
// thread.
class ReasonBook {
 public:
  using Number = uint8_t;
  static constexpr Number kNone = 0;
  static constexpr Number kUnlisted = 255;

  // kUnlisted: the book is full, or the reason is too long for it.
  Number NumberOf(std::string_view reason);
  // "" for kNone and kUnlisted; valid as long as the book.
  std::string_view TextOf(Number number) const;

 private:
  std::map<std::string, Number, std::less<>> numbers_;
  std::vector<std::string_view> texts_;  // the keys, from number 1 on
};

}  // namespace gregale::executor
