#pragma once

#include <cstddef>
#include <string>
#include <string_view>

// UTF-8 text by code points, as Python sees it. Bytes that are no UTF-8 count as one code point
// each.
namespace gregale::workflow::expr {

inline bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// The length of the code point at `offset`, at least 1; offset < text.size().
size_t CodePointBytes(std::string_view text, size_t offset);

// The code point at `offset`.
char32_t CodePointAt(std::string_view text, size_t offset);

// How many code points.
size_t CodePoints(std::string_view text);

// The byte offset of the code point number `index`; text.size() where there are fewer.
size_t ByteOffset(std::string_view text, size_t index);

// Code points [from, to), clipped to the text.
std::string_view SubText(std::string_view text, size_t from, size_t to);

void AppendUtf8(std::string& out, char32_t code_point);

// Python's \w: a letter, a digit or an underscore, in any script.
bool IsWordCharacter(std::string_view text, size_t offset);

// Python's str.isspace() for one code point.
bool IsSpace(char32_t code_point);

char32_t UpperOf(char32_t code_point);
char32_t LowerOf(char32_t code_point);
bool IsAlpha(char32_t code_point);
bool IsUpper(char32_t code_point);
bool IsLower(char32_t code_point);

std::string ToUpper(std::string_view text);
std::string ToLower(std::string_view text);

}  // namespace gregale::workflow::expr
