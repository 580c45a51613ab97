#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_replace.h"
#include "base/text.h"
#include "base/utf8.h"
#include "base/yaml.h"
#include "base/yaml_scalar.h"

namespace gregale::base {
namespace {

// Readers look for the ":" of a key at most 1,024 characters away.
constexpr size_t kSimpleKeyBytesMax = 1000;

// May stand in a scalar as it is: neither a control character nor one that some reader takes for a
// line break or a byte order mark.
bool IsPrintable(char32_t c) {
  return c >= 0x20 && !(c >= 0x7f && c < 0xa0) && c != 0x2028 && c != 0x2029 && c != 0xfeff &&
         c != 0xfffe && c != 0xffff;
}

bool AllPrintable(std::string_view text) {
  while (!text.empty()) {
    const std::optional<char32_t> c = TakeUtf8(text);
    if (!c.has_value() || !IsPrintable(*c)) return false;
  }
  return true;
}

// Reads back as the same string without any quotes.
bool IsPlainSafe(std::string_view text) {
  constexpr std::string_view kIndicators = "-?:,[]{}#&*!|>'\"%@`=<";
  if (text.empty() || Contains(kIndicators, text.substr(0, 1))) {
    // Expressions begin with "<%"; of the things with "<", only the merge key means something.
    if (!text.starts_with("<%")) return false;
  }
  if (text.front() == ' ' || text.back() == ' ' || text.back() == ':') return false;
  if (Contains(text, ": ") || Contains(text, " #")) return false;
  if (text.starts_with("...")) return false;
  // Booleans of YAML 1.1 that PyYAML leaves alone, and dates, which it does not.
  if (text == "y" || text == "Y" || text == "n" || text == "N") return false;
  const bool like_date =
      text.size() >= 8 && text[4] == '-' && text.find_first_not_of("0123456789") == 4;
  return !like_date && AllPrintable(text) && !ResolvePlainScalar(text).has_value();
}

// Reads back as the same string from a literal block without an indentation indicator.
bool IsLiteralSafe(std::string_view text) {
  if (!Contains(text, '\n') || text.front() == '\n' || text.front() == ' ') return false;
  if (text.ends_with("\n\n")) return false;
  for (std::string_view line : Split(text, '\n')) {
    if (!AllPrintable(line)) return false;
    if (!line.empty() && line.find_first_not_of(' ') == line.npos) return false;
  }
  return true;
}

std::string SingleQuoted(std::string_view text) {
  return Cat("'", absl::StrReplaceAll(ToAbsl(text), {{"'", "''"}}), "'");
}

std::string DoubleQuoted(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const std::string_view before = text;
    const std::optional<char32_t> c = TakeUtf8(text);
    if (!c.has_value()) {
      text.remove_prefix(1);
      out += "\\uFFFD";
    } else if (*c == '\n') {
      out += "\\n";
    } else if (*c == '\t') {
      out += "\\t";
    } else if (*c == '"' || *c == '\\') {
      Append(out, "\\", before.substr(0, 1));
    } else if (IsPrintable(*c)) {
      out += before.substr(0, before.size() - text.size());
    } else {
      Append(out, "\\u", absl::Hex(static_cast<uint32_t>(*c), absl::kZeroPad4));
    }
  }
  return out + '"';
}

std::string StringScalar(std::string_view text) {
  if (IsPlainSafe(text)) return std::string(text);
  return AllPrintable(text) ? SingleQuoted(text) : DoubleQuoted(text);
}

// YAML 1.1 knows a number with an exponent only by its point.
std::string FloatScalar(const Json& value) {
  std::string text = value.dump();
  const size_t e = text.find('e');
  if (e != text.npos && !Contains(text, '.')) text.insert(e, ".0");
  return text;
}

class Writer {
 public:
  std::string Write(const Json& value) {
    if (IsBlock(value)) {
      Block(value, 0);
    } else {
      Inline(value, 0);
    }
    return std::move(out_);
  }

 private:
  static bool IsBlock(const Json& value) { return value.is_structured() && !value.empty(); }

  // A value on the rest of the line, and the line's end. A literal block's lines go to `indent`
  // + 2.
  void Inline(const Json& value, size_t indent) {
    if (value.is_string()) {
      const std::string& text = value.get_ref<const std::string&>();
      if (IsLiteralSafe(text)) return Literal(text, indent + 2);
      Append(out_, StringScalar(text), "\n");
    } else if (value.is_number_float()) {
      Append(out_, FloatScalar(value), "\n");
    } else {
      // {} and [] are written alike in JSON and YAML, and so are null, booleans and integers
      Append(out_, value.dump(), "\n");
    }
  }

  void Literal(std::string_view text, size_t indent) {
    out_ += TakeSuffix(text, "\n") ? "|\n" : "|-\n";
    for (std::string_view line : Split(text, '\n')) {
      if (!line.empty()) Append(out_, std::string(indent, ' '), line);
      out_ += '\n';
    }
  }

  // A collection whose first line begins where the output stands, its other lines at `indent`.
  void Block(const Json& value, size_t indent) {
    bool first = true;
    for (const auto& [key, item] : value.items()) {
      if (!std::exchange(first, false)) out_.append(indent, ' ');
      if (value.is_array()) {
        out_ += "- ";
        if (IsBlock(item)) {
          Block(item, indent + 2);
        } else {
          Inline(item, indent);
        }
      } else {
        Key(key, indent);
        Member(item, indent);
      }
    }
  }

  void Key(const std::string& key, size_t indent) {
    const std::string text = StringScalar(key);
    if (text.size() <= kSimpleKeyBytesMax) {
      Append(out_, text, ":");
    } else {
      Append(out_, "? ", text, "\n", std::string(indent, ' '), ":");
    }
  }

  void Member(const Json& value, size_t indent) {
    if (IsBlock(value)) {
      out_ += '\n';
      out_.append(indent + 2, ' ');
      Block(value, indent + 2);
    } else {
      out_ += ' ';
      Inline(value, indent);
    }
  }

  std::string out_;
};

}  // namespace

std::string DumpYaml(const Json& value) { return Writer().Write(value); }

}  // namespace gregale::base
