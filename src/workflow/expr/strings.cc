#include "workflow/expr/strings.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "workflow/expr/unicode.h"

namespace gregale::workflow::expr {
namespace {

bool IsStripped(char32_t c, const std::optional<std::string>& characters) {
  if (!characters) return IsSpace(c);
  for (size_t at = 0; at < characters->size(); at += CodePointBytes(*characters, at)) {
    if (CodePointAt(*characters, at) == c) return true;
  }
  return false;
}

// Where the last code point begins.
size_t LastOffset(std::string_view text) {
  size_t at = text.size() - 1;
  while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80 && text.size() - at < 4) {
    --at;
  }
  return CodePointBytes(text, at) == text.size() - at ? at : text.size() - 1;
}

bool MayStillSplit(const std::vector<std::string>& parts, int64_t splits_max) {
  return splits_max < 0 || static_cast<int64_t>(parts.size()) < splits_max;
}

std::vector<std::string> SplitAtSpace(std::string_view text, int64_t splits_max) {
  std::vector<std::string> parts;
  while (true) {
    text = Strip(text, std::nullopt, Side::kLeft);
    if (text.empty()) return parts;
    if (!MayStillSplit(parts, splits_max)) {
      parts.emplace_back(text);
      return parts;
    }
    size_t end = 0;
    while (end < text.size() && !IsSpace(CodePointAt(text, end))) end += CodePointBytes(text, end);
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

std::vector<std::string> SplitAtSpaceFromRight(std::string_view text, int64_t splits_max) {
  std::vector<std::string> parts;
  while (true) {
    text = Strip(text, std::nullopt, Side::kRight);
    if (text.empty()) break;
    if (!MayStillSplit(parts, splits_max)) {
      parts.emplace_back(text);
      break;
    }
    size_t begin = text.size();
    while (begin > 0) {
      const size_t last = LastOffset(text.substr(0, begin));
      if (IsSpace(CodePointAt(text, last))) break;
      begin = last;
    }
    parts.emplace_back(text.substr(begin));
    text = text.substr(0, begin);
  }
  std::reverse(parts.begin(), parts.end());
  return parts;
}

// Calls `map(code point, whether it begins a word)` for each.
template <typename F>
std::string MapWords(std::string_view text, const F& map) {
  std::string out;
  bool in_word = false;
  for (size_t at = 0; at < text.size(); at += CodePointBytes(text, at)) {
    const char32_t c = CodePointAt(text, at);
    AppendUtf8(out, map(c, !in_word));
    in_word = IsAlpha(c);
  }
  return out;
}

}  // namespace

std::string_view Strip(std::string_view text, const std::optional<std::string>& characters,
                       Side side) {
  while (side != Side::kRight && !text.empty() && IsStripped(CodePointAt(text, 0), characters)) {
    text.remove_prefix(CodePointBytes(text, 0));
  }
  while (side != Side::kLeft && !text.empty()) {
    const size_t last = LastOffset(text);
    if (!IsStripped(CodePointAt(text, last), characters)) break;
    text = text.substr(0, last);
  }
  return text;
}

std::vector<std::string> SplitText(std::string_view text,
                                   const std::optional<std::string>& separator, int64_t splits_max,
                                   Side from) {
  if (!separator) {
    return from == Side::kRight ? SplitAtSpaceFromRight(text, splits_max)
                                : SplitAtSpace(text, splits_max);
  }
  std::vector<std::string> parts;
  while (MayStillSplit(parts, splits_max)) {
    const size_t at = from == Side::kRight ? text.rfind(*separator) : text.find(*separator);
    if (at == std::string_view::npos) break;
    if (from == Side::kRight) {
      parts.emplace_back(text.substr(at + separator->size()));
      text = text.substr(0, at);
    } else {
      parts.emplace_back(text.substr(0, at));
      text.remove_prefix(at + separator->size());
    }
  }
  parts.emplace_back(text);
  if (from == Side::kRight) std::reverse(parts.begin(), parts.end());
  return parts;
}

Span ClipSpan(int64_t start, std::optional<int64_t> end, int64_t size) {
  const auto clip = [size](int64_t place) {
    return std::clamp<int64_t>(place < 0 ? place + size : place, 0, size);
  };
  // A start behind the end finds nothing, not even the empty text.
  const int64_t from = start > size ? size + 1 : clip(start);
  return {from, end ? clip(*end) : size};
}

int64_t FindText(std::string_view text, std::string_view part, Span within, Side from) {
  if (within.start > within.end) return -1;
  const std::string_view window =
      SubText(text, static_cast<size_t>(within.start), static_cast<size_t>(within.end));
  const size_t at = from == Side::kRight ? window.rfind(part) : window.find(part);
  if (at == std::string_view::npos) return -1;
  return within.start + static_cast<int64_t>(CodePoints(window.substr(0, at)));
}

std::optional<std::string> ReplaceText(std::string_view text, std::string_view from,
                                       std::string_view to, int64_t count) {
  std::string out;
  size_t at = 0;
  for (int64_t done = 0; count < 0 || done < count; ++done) {
    // The empty text is found before every code point and at the end.
    size_t found = from.empty()
                       ? (done == 0 ? 0 : at + (at < text.size() ? CodePointBytes(text, at) : 1))
                       : text.find(from, at);
    if (found > text.size()) break;
    out += text.substr(at, found - at);
    out += to;
    at = found + from.size();
    if (out.size() > base::kExpressionStringBytesMax) return std::nullopt;
  }
  out += text.substr(std::min(at, text.size()));
  return out;
}

std::vector<std::string> Characters(std::string_view text) {
  std::vector<std::string> characters;
  for (size_t at = 0; at < text.size(); at += CodePointBytes(text, at)) {
    characters.emplace_back(text.substr(at, CodePointBytes(text, at)));
  }
  return characters;
}

std::string Capitalize(std::string_view text) {
  if (text.empty()) return "";
  const size_t first = CodePointBytes(text, 0);
  return ToUpper(text.substr(0, first)) + ToLower(text.substr(first));
}

std::string Title(std::string_view text) {
  return MapWords(text, [](char32_t c, bool first) { return first ? UpperOf(c) : LowerOf(c); });
}

std::string SwapCase(std::string_view text) {
  return MapWords(text, [](char32_t c, bool) { return IsUpper(c) ? LowerOf(c) : UpperOf(c); });
}

}  // namespace gregale::workflow::expr
