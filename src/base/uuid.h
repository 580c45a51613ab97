#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gregale::base {

// A UUID as a value of 16 bytes; in the order of its text.
class Uuid {
 public:
  // All zeros.
  constexpr Uuid() = default;
  // Either case; nullopt where it has not the form of a UUID.
  static std::optional<Uuid> Parse(std::string_view text);
  // Lower case with hyphens.
  std::string ToText() const;

  friend constexpr auto operator<=>(const Uuid&, const Uuid&) = default;
  template <class H>
  friend H AbslHashValue(H state, const Uuid& uuid) {
    return H::combine(std::move(state), uuid.high_, uuid.low_);
  }

 private:
  uint64_t high_ = 0;
  uint64_t low_ = 0;
};

}  // namespace gregale::base
