#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Python's methods of str, by code points, for both languages.
namespace gregale::workflow::expr {

enum class Side : uint8_t { kLeft, kRight, kBoth };

// strip(), lstrip(), rstrip(): of space, or of the characters in `characters`.
std::string_view Strip(std::string_view text, const std::optional<std::string>& characters,
                       Side side);

// split() and rsplit(): at runs of space, or at a separator, which is not empty; at most
// `splits_max` times where that is not negative, counted from `from`.
std::vector<std::string> SplitText(std::string_view text,
                                   const std::optional<std::string>& separator, int64_t splits_max,
                                   Side from);

// Half-open places [start, end) as Python's slices and find() clip them: negative ones count from
// the end.
struct Span {
  int64_t start = 0;
  int64_t end = 0;
};
Span ClipSpan(int64_t start, std::optional<int64_t> end, int64_t size);

// find() and rfind() within code points; -1 where there is none.
int64_t FindText(std::string_view text, std::string_view part, Span within, Side from);

// replace() of at most `count` occurrences, all where that is negative; nullopt where the result
// grows beyond kExpressionStringBytesMax.
std::optional<std::string> ReplaceText(std::string_view text, std::string_view from,
                                       std::string_view to, int64_t count);

// One string per code point.
std::vector<std::string> Characters(std::string_view text);

// capitalize(), title(), swapcase().
std::string Capitalize(std::string_view text);
std::string Title(std::string_view text);
std::string SwapCase(std::string_view text);

}  // namespace gregale::workflow::expr
