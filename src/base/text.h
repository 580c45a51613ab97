#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

// Debian 12's Abseil has a string_view type of its own, which neither converts to std::string_view
// nor from it. We use the standard one; this is the bridge, and the few functions that make the
// bridge rarely needed.
namespace gregale::base {

inline absl::string_view ToAbsl(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view FromAbsl(absl::string_view text) { return {text.data(), text.size()}; }

namespace text_internal {
inline absl::string_view Piece(std::string_view text) { return ToAbsl(text); }
inline absl::string_view Piece(const std::string& text) { return text; }
template <class T>
const T& Piece(const T& part) {
  return part;
}
}  // namespace text_internal

// absl::StrCat that takes std::string_view, too.
template <class... Parts>
std::string Cat(const Parts&... parts) {
  return absl::StrCat(text_internal::Piece(parts)...);
}
// absl::StrAppend likewise. The parts must not be views of `to`.
template <class... Parts>
void Append(std::string& to, const Parts&... parts) {
  absl::StrAppend(&to, text_internal::Piece(parts)...);
}

// The texts with `separator` between them.
template <class Texts>
std::string Join(const Texts& texts, std::string_view separator) {
  std::string joined;
  bool first = true;
  for (const auto& text : texts) {
    if (!first) joined += separator;
    joined += text;
    first = false;
  }
  return joined;
}

inline bool Contains(std::string_view text, std::string_view part) {
  return text.find(part) != text.npos;
}
inline bool Contains(std::string_view text, char part) { return text.find(part) != text.npos; }

// Removes `prefix` (`suffix`) from `text` and returns true, where `text` begins (ends) with it.
inline bool TakePrefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}
inline bool TakeSuffix(std::string_view& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text.remove_suffix(suffix.size());
  return true;
}

// What stands between the separators; one empty piece for an empty text.
std::vector<std::string_view> Split(std::string_view text, char separator);

}  // namespace gregale::base
