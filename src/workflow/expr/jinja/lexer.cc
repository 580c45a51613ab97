#include "workflow/expr/jinja/lexer.h"

#include <array>
#include <utility>

#include "absl/strings/ascii.h"
#include "base/error.h"
#include "base/text.h"
#include "workflow/expr/escapes.h"
#include "workflow/expr/unicode.h"

namespace gregale::workflow::expr::jinja {
namespace {

constexpr size_t kNone = std::string_view::npos;
constexpr std::array<std::string_view, 7> kPairs = {"//", "**", "==", "!=", ">=", "<=", "->"};
constexpr std::string_view kSingles = "+-*/%~<>=.,:|()[]{}";

bool IsBlank(char c) { return absl::ascii_isspace(static_cast<unsigned char>(c)); }

class Lexer {
 public:
  Lexer(std::string_view text, size_t base) : text_(text), base_(base) {}

  absl::StatusOr<std::vector<Token>> Run() {
    while (true) {
      while (at_ < text_.size() && IsBlank(text_[at_])) ++at_;
      if (at_ >= text_.size()) break;
      if (!Number() && !Name() && !Quoted() && !Symbol()) {
        return absl::InvalidArgumentError(base::Cat("unexpected char '",
                                                    text_.substr(at_, CodePointBytes(text_, at_)),
                                                    "' at ", base_ + at_));
      }
    }
    Add(TokenKind::kEnd, "", 0);
    return std::move(tokens_);
  }

 private:
  void Add(TokenKind kind, std::string text, size_t length) {
    tokens_.push_back({kind, std::move(text), base_ + at_});
    at_ += length;
  }

  size_t Digits(size_t from) const {
    while (from < text_.size() && (IsDigit(text_[from]) || text_[from] == '_')) ++from;
    return from;
  }

  // Digits, a fraction, an exponent; not behind a dot, where a number is an index.
  bool Number() {
    if (!IsDigit(text_[at_])) return false;
    size_t end = Digits(at_);
    bool is_float = false;
    const bool member =
        !tokens_.empty() && tokens_.back().text == "." && tokens_.back().kind == TokenKind::kSymbol;
    if (!member && end + 1 < text_.size() && text_[end] == '.' && IsDigit(text_[end + 1])) {
      is_float = true;
      end = Digits(end + 1);
    }
    if (end < text_.size() && (text_[end] == 'e' || text_[end] == 'E')) {
      size_t digits = end + 1;
      if (digits < text_.size() && (text_[digits] == '+' || text_[digits] == '-')) ++digits;
      if (digits < text_.size() && IsDigit(text_[digits])) {
        is_float = true;
        end = Digits(digits);
      }
    }
    std::string number;
    for (char c : text_.substr(at_, end - at_)) {
      if (c != '_') number.push_back(c);
    }
    Add(is_float ? TokenKind::kFloat : TokenKind::kInteger, std::move(number), end - at_);
    return true;
  }

  bool Name() {
    size_t end = at_;
    while (end < text_.size() && IsWordCharacter(text_, end)) end += CodePointBytes(text_, end);
    if (end == at_) return false;
    Add(TokenKind::kName, std::string(text_.substr(at_, end - at_)), end - at_);
    return true;
  }

  bool Quoted() {
    const char quote = text_[at_];
    if (quote != '\'' && quote != '"') return false;
    size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != quote) end += text_[end] == '\\' ? 2 : 1;
    if (end >= text_.size()) return false;
    Add(TokenKind::kString, DecodeEscapes(text_.substr(at_ + 1, end - at_ - 1)), end + 1 - at_);
    return true;
  }

  bool Symbol() {
    const std::string_view rest = text_.substr(at_);
    for (std::string_view pair : kPairs) {
      if (!rest.starts_with(pair)) continue;
      Add(TokenKind::kSymbol, std::string(pair), pair.size());
      return true;
    }
    if (kSingles.find(rest[0]) == kNone) return false;
    Add(TokenKind::kSymbol, std::string(1, rest[0]), 1);
    return true;
  }

  const std::string_view text_;
  const size_t base_;
  size_t at_ = 0;
  std::vector<Token> tokens_;
};

class Splitter {
 public:
  explicit Splitter(std::string_view text) : text_(text) {
    // The end of the last line is not part of the template.
    base::TakeSuffix(text_, "\n");
  }

  absl::StatusOr<std::vector<Segment>> Run() {
    while (true) {
      const size_t open = FindOpen(at_);
      AddText(text_.substr(at_, open == kNone ? kNone : open - at_), open);
      if (open == kNone) return std::move(segments_);
      GREGALE_RETURN_IF_ERROR(Delimited(open));
    }
  }

 private:
  size_t FindOpen(size_t from) const {
    for (size_t at = text_.find('{', from); at != kNone; at = text_.find('{', at + 1)) {
      if (at + 1 >= text_.size()) return kNone;
      const char next = text_[at + 1];
      if (next == '{' || next == '%' || next == '#') return at;
    }
    return kNone;
  }

  // Plain text before a delimiter at `open`, without the blanks that the delimiters on its sides
  // take.
  void AddText(std::string_view text, size_t open) {
    const size_t begin = static_cast<size_t>(text.data() - text_.data());
    if (strip_next_) {
      while (!text.empty() && IsBlank(text[0])) text.remove_prefix(1);
    } else if (trim_next_line_) {
      base::TakePrefix(text, "\n");
    }
    strip_next_ = false;
    trim_next_line_ = false;
    if (open != kNone) {
      const char sign = open + 2 < text_.size() ? text_[open + 2] : ' ';
      if (sign == '-') {
        while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
      } else if (sign != '+' && text_[open + 1] != '{') {
        StripIndentation(text, begin == 0);
      }
    }
    if (!text.empty()) segments_.push_back({Segment::Kind::kText, std::string(text), begin});
  }

  // The blanks between the last end of line, or the beginning of the template, and its block.
  static void StripIndentation(std::string_view& text, bool at_beginning) {
    size_t end = text.size();
    while (end > 0 && (text[end - 1] == ' ' || text[end - 1] == '\t')) --end;
    if (end > 0 ? text[end - 1] == '\n' : at_beginning) text = text.substr(0, end);
  }

  absl::Status Delimited(size_t open) {
    const char kind = text_[open + 1];
    const std::string_view close = kind == '{' ? "}}" : kind == '%' ? "%}" : "#}";
    const size_t end = FindClose(open + 2, close, kind == '#');
    if (end == kNone) {
      return absl::InvalidArgumentError(
          base::Cat("unexpected end of template, expected '", close, "'"));
    }
    std::string_view inside = text_.substr(open + 2, end - open - 2);
    const size_t offset = open + 2;
    if (!inside.empty() && (inside[0] == '-' || (inside[0] == '+' && kind != '{'))) {
      inside.remove_prefix(1);
    }
    strip_next_ = base::TakeSuffix(inside, "-");
    trim_next_line_ = kind != '{';
    at_ = end + 2;
    if (kind == '#') return absl::OkStatus();
    if (kind == '%' && IsWord(inside, "raw")) return Raw();
    segments_.push_back({kind == '{' ? Segment::Kind::kOutput : Segment::Kind::kBlock,
                         std::string(inside), offset});
    return absl::OkStatus();
  }

  // Where `close` is, outside of quotes and braces, unless it is a comment.
  size_t FindClose(size_t from, std::string_view close, bool comment) const {
    if (comment) return text_.find(close, from);
    char quote = 0;
    int braces = 0;
    for (size_t at = from; at < text_.size(); ++at) {
      const char c = text_[at];
      if (quote != 0) {
        if (c == '\\') ++at;
        if (c == quote) quote = 0;
        continue;
      }
      if (braces <= 0 && text_.substr(at, 2) == close) return at;
      if (c == '\'' || c == '"') quote = c;
      if (c == '{') ++braces;
      if (c == '}') --braces;
    }
    return kNone;
  }

  static bool IsWord(std::string_view text, std::string_view word) {
    while (!text.empty() && IsBlank(text[0])) text.remove_prefix(1);
    while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
    return text == word;
  }

  absl::Status Raw() {
    for (size_t open = text_.find("{%", at_); open != kNone; open = text_.find("{%", open + 2)) {
      const size_t end = text_.find("%}", open);
      if (end == kNone) break;
      std::string_view inside = text_.substr(open + 2, end - open - 2);
      base::TakePrefix(inside, "-");
      const bool strips = base::TakeSuffix(inside, "-");
      if (!IsWord(inside, "endraw")) continue;
      AddText(text_.substr(at_, open - at_), open);
      strip_next_ = strips;
      trim_next_line_ = true;
      at_ = end + 2;
      return absl::OkStatus();
    }
    return absl::InvalidArgumentError("Missing end of raw directive");
  }

  std::string_view text_;
  size_t at_ = 0;
  bool strip_next_ = false;      // "-" behind the last delimiter
  bool trim_next_line_ = false;  // the last delimiter was a block's
  std::vector<Segment> segments_;
};

}  // namespace

absl::StatusOr<std::vector<Token>> LexExpression(std::string_view text, size_t base) {
  return Lexer(text, base).Run();
}

absl::StatusOr<std::vector<Segment>> SplitTemplate(std::string_view text) {
  return Splitter(text).Run();
}

}  // namespace gregale::workflow::expr::jinja
