#include "workflow/expr/python_format.h"

#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "absl/strings/str_format.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "workflow/expr/bigint.h"
#include "workflow/expr/number.h"
#include "workflow/expr/python_text.h"
#include "workflow/expr/unicode.h"

namespace gregale::workflow::expr {
namespace {

constexpr size_t kWidthMax = 4096;

absl::Status Bad(std::string_view what) { return absl::InvalidArgumentError(std::string(what)); }

// [[fill]align][sign][0][width][,][.precision][type]
struct Spec {
  std::string fill = " ";
  char align = 0;  // < > ^ =, 0: the type's own
  char sign = '-';
  bool grouped = false;
  bool alternate = false;
  size_t width = 0;
  std::optional<int> precision;
  char type = 0;
};

bool IsAlign(char c) { return c == '<' || c == '>' || c == '^' || c == '='; }

absl::StatusOr<size_t> ReadNumber(std::string_view& text) {
  size_t number = 0;
  while (!text.empty() && IsDigit(text[0])) {
    number = number * 10 + static_cast<size_t>(text[0] - '0');
    if (number > kWidthMax) return Bad("a width or precision is too large");
    text.remove_prefix(1);
  }
  return number;
}

absl::StatusOr<Spec> ReadSpec(std::string_view text) {
  Spec spec;
  const size_t first = text.empty() ? 0 : CodePointBytes(text, 0);
  if (text.size() > first && IsAlign(text[first])) {
    spec.fill = std::string(text.substr(0, first));
    spec.align = text[first];
    text.remove_prefix(first + 1);
  } else if (!text.empty() && IsAlign(text[0])) {
    spec.align = text[0];
    text.remove_prefix(1);
  }
  if (!text.empty() && (text[0] == '+' || text[0] == '-' || text[0] == ' ')) {
    spec.sign = text[0];
    text.remove_prefix(1);
  }
  spec.alternate = base::TakePrefix(text, "#");
  if (base::TakePrefix(text, "0") && spec.align == 0) {
    spec.fill.assign(1, '0');
    spec.align = '=';
  }
  GREGALE_ASSIGN_OR_RETURN(spec.width, ReadNumber(text));
  spec.grouped = base::TakePrefix(text, ",");
  if (base::TakePrefix(text, ".")) {
    GREGALE_ASSIGN_OR_RETURN(const size_t precision, ReadNumber(text));
    spec.precision = static_cast<int>(precision);
  }
  if (text.size() > 1) return Bad("Invalid format specifier");
  if (text.size() == 1) spec.type = text[0];
  return spec;
}

std::string Pad(std::string text, const Spec& spec, char natural_align) {
  const size_t length = CodePoints(text);
  if (length >= spec.width) return text;
  const size_t missing = spec.width - length;
  const char align = spec.align == 0 ? natural_align : spec.align;
  const auto fill = [&](size_t count) {
    std::string out;
    for (size_t i = 0; i < count; ++i) out += spec.fill;
    return out;
  };
  if (align == '<') return text + fill(missing);
  if (align == '^') return fill(missing / 2) + text + fill(missing - missing / 2);
  const bool has_sign = !text.empty() && (text[0] == '-' || text[0] == '+' || text[0] == ' ');
  if (align == '=' && has_sign) return text.substr(0, 1) + fill(missing) + text.substr(1);
  return fill(missing) + text;
}

// Commas between groups of three digits.
std::string Grouped(const std::string& number) {
  const size_t digits_end = std::min(number.find_first_of(".e"), number.size());
  std::string out;
  for (size_t i = 0; i < number.size(); ++i) {
    const bool between = i > 0 && i < digits_end && (digits_end - i) % 3 == 0;
    if (between && IsDigit(number[i - 1])) out.push_back(',');
    out.push_back(number[i]);
  }
  return out;
}

std::string Signed(bool negative, const std::string& magnitude, const Spec& spec) {
  if (negative) return "-" + magnitude;
  return spec.sign == '-' ? magnitude : spec.sign + magnitude;
}

absl::StatusOr<std::string> FloatDigits(double magnitude, const Spec& spec) {
  const int precision = spec.precision.value_or(6);
  switch (spec.type) {
    case 'f':
    case 'F':
      return absl::StrFormat("%.*f", precision, magnitude);
    case 'e':
      return absl::StrFormat("%.*e", precision, magnitude);
    case 'E':
      return absl::StrFormat("%.*E", precision, magnitude);
    case 'g':
      return absl::StrFormat("%.*g", precision, magnitude);
    case 'G':
      return absl::StrFormat("%.*G", precision, magnitude);
    case '%':
      return absl::StrFormat("%.*f%%", precision, magnitude * 100);
    case 0:
      if (spec.precision) return absl::StrFormat("%.*g", precision, magnitude);
      return FloatText(magnitude);
    default:
      return Bad(base::Cat("Unknown format code '", std::string(1, spec.type), "' for a number"));
  }
}

absl::StatusOr<std::string> IntegerDigits(const Value& number, const Spec& spec) {
  if (spec.type == 0 || spec.type == 'd' || spec.type == 'n') {
    std::string text = IntegerText(number);
    return text[0] == '-' ? text.substr(1) : text;
  }
  if (!number.Is(Type::kInt)) return Bad("the integer is too large for its format");
  const int64_t value = number.int_value();
  uint64_t magnitude = value < 0 ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
  if (spec.type == 'c') {
    std::string out;
    AppendUtf8(out, static_cast<char32_t>(magnitude));
    return out;
  }
  const std::string prefix = spec.alternate ? std::string("0") + spec.type : "";
  if (spec.type == 'x') return prefix + absl::StrFormat("%x", magnitude);
  if (spec.type == 'X') return prefix + absl::StrFormat("%X", magnitude);
  if (spec.type == 'o') return prefix + absl::StrFormat("%o", magnitude);
  if (spec.type != 'b') {
    return Bad(base::Cat("Unknown format code '", std::string(1, spec.type), "' for an integer"));
  }
  std::string bits;
  do {
    bits.insert(bits.begin(), static_cast<char>('0' + magnitude % 2));
    magnitude /= 2;
  } while (magnitude != 0);
  return prefix + bits;
}

bool IsFloatCode(char type) {
  return type != 0 && std::string_view("fFeEgG%").find(type) != std::string_view::npos;
}

absl::StatusOr<std::string> FormatNumber(const Value& number, const Spec& spec) {
  std::string magnitude;
  bool negative = false;
  if (number.Is(Type::kFloat) || IsFloatCode(spec.type)) {
    const double value = ToDouble(number);
    negative = std::signbit(value);
    GREGALE_ASSIGN_OR_RETURN(magnitude, FloatDigits(std::fabs(value), spec));
  } else {
    negative = *CompareNumbers(number, Value::Int(0)) < 0;
    GREGALE_ASSIGN_OR_RETURN(magnitude, IntegerDigits(number, spec));
  }
  if (spec.grouped) magnitude = Grouped(magnitude);
  return Pad(Signed(negative, magnitude, spec), spec, '>');
}

absl::StatusOr<std::string> FormatValue(const Value& value, std::string_view spec_text) {
  if (spec_text.empty()) return Str(value);
  GREGALE_ASSIGN_OR_RETURN(const Spec spec, ReadSpec(spec_text));
  if (value.is_number() || (value.Is(Type::kBool) && spec.type != 0 && spec.type != 's')) {
    const Value number = value.Is(Type::kBool) ? Value::Int(value.bool_value() ? 1 : 0) : value;
    return FormatNumber(number, spec);
  }
  if (!value.Is(Type::kString) && !value.Is(Type::kBool)) {
    return Bad(base::Cat("unsupported format string passed to ", TypeName(value), ".__format__"));
  }
  if (spec.type != 0 && spec.type != 's') {
    return Bad(base::Cat("Unknown format code '", std::string(1, spec.type), "' for a text"));
  }
  std::string text = Str(value);
  if (spec.precision) text = SubText(text, 0, static_cast<size_t>(*spec.precision));
  return Pad(std::move(text), spec, '<');
}

std::optional<size_t> AsNumber(std::string_view text) {
  if (text.empty() || text.size() > 6) return std::nullopt;
  size_t number = 0;
  for (char c : text) {
    if (!IsDigit(c)) return std::nullopt;
    number = number * 10 + static_cast<size_t>(c - '0');
  }
  return number;
}

class BraceFormatter {
 public:
  explicit BraceFormatter(const FormatArguments& arguments) : arguments_(arguments) {}

  absl::StatusOr<std::string> Run(std::string_view format) {
    std::string out;
    size_t at = 0;
    while (at < format.size()) {
      const char c = format[at];
      if ((c == '{' || c == '}') && at + 1 < format.size() && format[at + 1] == c) {
        out.push_back(c);
        at += 2;
      } else if (c == '}') {
        return Bad("Single '}' encountered in format string");
      } else if (c == '{') {
        const size_t end = format.find('}', at);
        if (end == std::string_view::npos) return Bad("expected '}' before end of string");
        GREGALE_ASSIGN_OR_RETURN(const std::string text,
                                 Field(format.substr(at + 1, end - at - 1)));
        out += text;
        at = end + 1;
      } else {
        out.push_back(c);
        ++at;
      }
      if (out.size() > base::kExpressionStringBytesMax) {
        return absl::ResourceExhaustedError("the text is too long");
      }
    }
    return out;
  }

 private:
  // name!conversion:spec
  absl::StatusOr<std::string> Field(std::string_view field) {
    const size_t colon = field.find(':');
    const std::string_view spec =
        colon == std::string_view::npos ? std::string_view() : field.substr(colon + 1);
    std::string_view name = field.substr(0, colon);
    char conversion = 0;
    if (name.size() >= 2 && name[name.size() - 2] == '!') {
      conversion = name.back();
      name.remove_suffix(2);
    }
    GREGALE_ASSIGN_OR_RETURN(const Value value, Find(name));
    if (conversion == 0) return FormatValue(value, spec);
    const std::string text = conversion == 's' ? Str(value) : Repr(value);
    GREGALE_ASSIGN_OR_RETURN(const Spec read, ReadSpec(spec));
    return Pad(text, read, '<');
  }

  absl::StatusOr<Value> Find(std::string_view name) {
    const size_t end = std::min(name.find_first_of("[."), name.size());
    GREGALE_ASSIGN_OR_RETURN(Value value, FindFirst(name.substr(0, end)));
    name.remove_prefix(end);
    while (!name.empty()) {
      const size_t close = name[0] == '[' ? name.find(']') : std::string_view::npos;
      if (close == std::string_view::npos) return Bad("only [key] may follow a field's name");
      GREGALE_ASSIGN_OR_RETURN(value, Item(value, name.substr(1, close - 1)));
      name.remove_prefix(close + 1);
    }
    return value;
  }

  static absl::StatusOr<Value> Item(const Value& whole, std::string_view key) {
    if (whole.Is(Type::kDict)) {
      if (const Value* found = whole.dict().Find(key)) return *found;
    }
    if (whole.Is(Type::kList)) {
      const std::optional<size_t> index = AsNumber(key);
      if (index && *index < whole.items().size()) return whole.items()[*index];
    }
    return absl::NotFoundError(base::Cat("'", key, "'"));
  }

  absl::StatusOr<Value> FindFirst(std::string_view name) {
    std::optional<size_t> index = AsNumber(name);
    if (name.empty()) index = next_++;
    if (index) {
      if (*index < arguments_.positional.size()) return arguments_.positional[*index];
      return Bad("Replacement index out of range for positional args tuple");
    }
    for (const auto& [other, value] : arguments_.named) {
      if (other == name) return value;
    }
    return absl::NotFoundError(base::Cat("'", name, "'"));
  }

  const FormatArguments& arguments_;
  size_t next_ = 0;
};

class PercentFormatter {
 public:
  explicit PercentFormatter(const FormatArguments& arguments) : arguments_(arguments) {}

  absl::StatusOr<std::string> Run(std::string_view format) {
    std::string out;
    while (!format.empty()) {
      const size_t at = std::min(format.find('%'), format.size());
      out += format.substr(0, at);
      format.remove_prefix(at);
      if (format.empty()) break;
      format.remove_prefix(1);
      GREGALE_ASSIGN_OR_RETURN(const std::string text, Field(format));
      out += text;
      if (out.size() > base::kExpressionStringBytesMax) {
        return absl::ResourceExhaustedError("the text is too long");
      }
    }
    if (next_ < arguments_.positional.size() && arguments_.named.empty()) {
      return Bad("not all arguments converted during string formatting");
    }
    return out;
  }

 private:
  // Reads what follows a percent sign, and takes it off `format`.
  absl::StatusOr<std::string> Field(std::string_view& format) {
    if (base::TakePrefix(format, "%")) return std::string("%");
    std::optional<Value> value;
    if (base::TakePrefix(format, "(")) {
      const size_t close = format.find(')');
      if (close == std::string_view::npos) return Bad("incomplete format key");
      for (const auto& [name, named] : arguments_.named) {
        if (name == format.substr(0, close)) value = named;
      }
      if (!value) return absl::NotFoundError(base::Cat("'", format.substr(0, close), "'"));
      format.remove_prefix(close + 1);
    }
    Spec spec;
    spec.align = '>';
    for (; !format.empty() && std::string_view("-+ #0").find(format[0]) != std::string_view::npos;
         format.remove_prefix(1)) {
      const char flag = format[0];
      if (flag == '-') spec.align = '<';
      if (flag == '+' || flag == ' ') spec.sign = flag;
      if (flag == '#') spec.alternate = true;
      if (flag == '0' && spec.align != '<') {
        spec.align = '=';
        spec.fill.assign(1, '0');
      }
    }
    GREGALE_ASSIGN_OR_RETURN(spec.width, ReadNumber(format));
    if (base::TakePrefix(format, ".")) {
      GREGALE_ASSIGN_OR_RETURN(const size_t precision, ReadNumber(format));
      spec.precision = static_cast<int>(precision);
    }
    if (format.empty()) return Bad("incomplete format");
    spec.type = format[0];
    format.remove_prefix(1);
    if (!value) {
      if (next_ >= arguments_.positional.size()) {
        return Bad("not enough arguments for format string");
      }
      value = arguments_.positional[next_++];
    }
    return Convert(*value, spec);
  }

  static absl::StatusOr<std::string> Convert(const Value& value, Spec spec) {
    if (spec.type == 's' || spec.type == 'r') {
      std::string text = spec.type == 's' ? Str(value) : Repr(value);
      if (spec.precision) text = SubText(text, 0, static_cast<size_t>(*spec.precision));
      spec.fill.assign(1, ' ');
      return Pad(std::move(text), spec, '>');
    }
    if (!IsNumeric(value)) {
      return Bad(base::Cat("%", std::string(1, spec.type), " format: a number is required, not ",
                           TypeName(value)));
    }
    Value number = value.Is(Type::kBool) ? Value::Int(value.bool_value() ? 1 : 0) : value;
    if (spec.type == 'i' || spec.type == 'u') spec.type = 'd';
    if (spec.type == 'd' && number.Is(Type::kFloat)) {
      const double whole = std::trunc(number.float_value());
      if (!(std::fabs(whole) < 9e18)) return Bad("the number is too large for %d");
      number = Value::Int(static_cast<int64_t>(whole));
    }
    return FormatNumber(number, spec);
  }

  const FormatArguments& arguments_;
  size_t next_ = 0;
};

}  // namespace

absl::StatusOr<std::string> FormatBraces(std::string_view format,
                                         const FormatArguments& arguments) {
  return BraceFormatter(arguments).Run(format);
}

absl::StatusOr<std::string> FormatPercent(std::string_view format,
                                          const FormatArguments& arguments) {
  return PercentFormatter(arguments).Run(format);
}

}  // namespace gregale::workflow::expr
