#include "workflow/expr/yaql/lexer.h"

#include <array>
#include <utility>

#include "base/text.h"
#include "workflow/expr/escapes.h"
#include "workflow/expr/unicode.h"

namespace gregale::workflow::expr {
namespace {

// Longer ones first: ">=" must not be read as ">".
constexpr std::array<std::string_view, 15> kSymbols = {
    "=>", "->", "?.", "=~", "!~", ">=", "<=", "!=", "+", "-", "*", "/", ">", "<", "="};
constexpr std::array<std::string_view, 5> kWordOperators = {"mod", "in", "not", "and", "or"};

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  absl::StatusOr<std::vector<YaqlToken>> Run() {
    while (SkipSpace(), at_ < text_.size()) {
      const size_t start = at_;
      if (!Dollar() && !Number() && !Word() && !Quoted() && !Symbol()) return Illegal(start);
    }
    Add(YaqlTokenKind::kEnd, "", at_);
    return std::move(tokens_);
  }

 private:
  void Add(YaqlTokenKind kind, std::string text, size_t offset) {
    tokens_.push_back({kind, std::move(text), offset});
  }

  void SkipSpace() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\r' || text_[at_] == '\n')) {
      ++at_;
    }
  }

  absl::Status Illegal(size_t offset) const {
    const std::string_view character = text_.substr(offset, CodePointBytes(text_, offset));
    return absl::InvalidArgumentError(base::Cat("Lexical error: illegal character '", character,
                                                "' at position ",
                                                CodePoints(text_.substr(0, offset))));
  }

  // The end of the run of word characters that begins at `from`.
  size_t WordEnd(size_t from) const {
    while (from < text_.size() && IsWordCharacter(text_, from)) from += CodePointBytes(text_, from);
    return from;
  }

  bool Dollar() {
    if (text_[at_] != '$') return false;
    const size_t end = WordEnd(at_ + 1);
    Add(YaqlTokenKind::kVariable, std::string(text_.substr(at_, end - at_)), at_);
    at_ = end;
    return true;
  }

  // Digits, and a fraction where the number then ends at the end of a word.
  bool Number() {
    size_t end = at_;
    while (end < text_.size() && IsDigit(text_[end])) ++end;
    if (end == at_) return false;
    size_t fraction = end;
    if (end + 1 < text_.size() && text_[end] == '.' && IsDigit(text_[end + 1])) {
      fraction = end + 1;
      while (fraction < text_.size() && IsDigit(text_[fraction])) ++fraction;
    }
    if (fraction != end && WordEnd(fraction) == fraction) {
      Add(YaqlTokenKind::kFloat, std::string(text_.substr(at_, fraction - at_)), at_);
      at_ = fraction;
      return true;
    }
    if (WordEnd(end) != end) return false;
    Add(YaqlTokenKind::kInteger, std::string(text_.substr(at_, end - at_)), at_);
    at_ = end;
    return true;
  }

  bool Word() {
    const size_t end = WordEnd(at_);
    if (end == at_ || IsDigit(text_[at_])) return false;
    std::string word(text_.substr(at_, end - at_));
    const size_t start = at_;
    if (end < text_.size() && text_[end] == '(') {
      Add(YaqlTokenKind::kFunction, std::move(word), start);
      at_ = end + 1;
      return true;
    }
    if (word.starts_with("__")) return false;
    at_ = end;
    for (std::string_view op : kWordOperators) {
      if (word == op) {
        Add(YaqlTokenKind::kOperator, std::move(word), start);
        return true;
      }
    }
    const bool constant = word == "true" || word == "false" || word == "null";
    Add(constant ? YaqlTokenKind::kConstant : YaqlTokenKind::kWord, std::move(word), start);
    return true;
  }

  // 'x' and "x" know escapes; `x` only \`.
  bool Quoted() {
    const char quote = text_[at_];
    if (quote != '\'' && quote != '"' && quote != '`') return false;
    size_t end = at_ + 1;
    // A backslash takes the next character with it, unless that is the end of a line.
    while (end < text_.size() && text_[end] != quote) {
      if (text_[end] == '\\') {
        if (end + 1 >= text_.size() || text_[end + 1] == '\n') return false;
        ++end;
      }
      ++end;
    }
    if (end >= text_.size()) return false;
    const std::string_view inside = text_.substr(at_ + 1, end - at_ - 1);
    Add(YaqlTokenKind::kString, quote == '`' ? UnescapeBackquotes(inside) : DecodeEscapes(inside),
        at_);
    at_ = end + 1;
    return true;
  }

  static std::string UnescapeBackquotes(std::string_view text) {
    std::string out;
    for (size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\\' && i + 1 < text.size() && text[i + 1] == '`') continue;
      out.push_back(text[i]);
    }
    return out;
  }

  bool Symbol() {
    const std::string_view rest = text_.substr(at_);
    for (std::string_view symbol : kSymbols) {
      if (!rest.starts_with(symbol)) continue;
      Add(symbol == "=>" ? YaqlTokenKind::kPunct : YaqlTokenKind::kOperator, std::string(symbol),
          at_);
      at_ += symbol.size();
      return true;
    }
    if (rest[0] == '.') {
      Add(YaqlTokenKind::kOperator, ".", at_);
    } else if (std::string_view("()[]{},").find(rest[0]) != std::string_view::npos) {
      Add(YaqlTokenKind::kPunct, std::string(1, rest[0]), at_);
    } else {
      return false;
    }
    ++at_;
    return true;
  }

  const std::string_view text_;
  size_t at_ = 0;
  std::vector<YaqlToken> tokens_;
};

}  // namespace

absl::StatusOr<std::vector<YaqlToken>> LexYaql(std::string_view text) { return Lexer(text).Run(); }

}  // namespace gregale::workflow::expr
