#include "workflow/expr/python_text.h"

#include "absl/strings/str_format.h"
#include "absl/time/civil_time.h"
#include "base/limits.h"
#include "base/text.h"
#include "workflow/expr/number.h"
#include "workflow/expr/time.h"
#include "workflow/expr/unicode.h"

namespace gregale::workflow::expr {
namespace {

int64_t FloorDivide(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

// "+03:00", or "+03:00:01" where the zone is that odd.
std::string OffsetText(int64_t micros) {
  const int64_t seconds = (micros < 0 ? -micros : micros) / kMicrosPerSecond;
  std::string text =
      absl::StrFormat("%c%02d:%02d", micros < 0 ? '-' : '+', seconds / 3600, seconds / 60 % 60);
  if (seconds % 60 != 0) text += absl::StrFormat(":%02d", seconds % 60);
  return text;
}

struct DatetimeParts {
  absl::CivilSecond civil;
  int64_t micros = 0;
};

DatetimeParts PartsOf(const Value& datetime) {
  const int64_t local = DatetimeOf(datetime).local_micros;
  const int64_t seconds = FloorDivide(local, kMicrosPerSecond);
  return {absl::CivilSecond() + seconds, local - seconds * kMicrosPerSecond};
}

std::string DatetimeText(const Value& value) {
  const auto [c, micros] = PartsOf(value);
  std::string text = absl::StrFormat("%04d-%02d-%02d %02d:%02d:%02d", c.year(), c.month(), c.day(),
                                     c.hour(), c.minute(), c.second());
  if (micros != 0) text += absl::StrFormat(".%06d", micros);
  return text + OffsetText(DatetimeOf(value).offset_micros);
}

std::string DatetimeRepr(const Value& value) {
  const auto [c, micros] = PartsOf(value);
  std::string text = absl::StrFormat("datetime.datetime(%d, %d, %d, %d, %d", c.year(), c.month(),
                                     c.day(), c.hour(), c.minute());
  if (c.second() != 0 || micros != 0) text += absl::StrFormat(", %d", c.second());
  if (micros != 0) text += absl::StrFormat(", %d", micros);
  const int64_t offset = DatetimeOf(value).offset_micros / kMicrosPerSecond;
  text += offset == 0 ? std::string(", tzinfo=tzutc())")
                      : absl::StrFormat(", tzinfo=tzoffset(None, %d))", offset);
  return text;
}

struct TimespanParts {
  int64_t days = 0;
  int64_t seconds = 0;
  int64_t micros = 0;
};

TimespanParts SplitTimespan(int64_t micros) {
  TimespanParts parts;
  parts.days = FloorDivide(micros, kMicrosPerDay);
  const int64_t rest = micros - parts.days * kMicrosPerDay;
  parts.seconds = rest / kMicrosPerSecond;
  parts.micros = rest % kMicrosPerSecond;
  return parts;
}

std::string TimespanText(int64_t micros) {
  const TimespanParts parts = SplitTimespan(micros);
  std::string text;
  if (parts.days != 0) {
    const bool one = parts.days == 1 || parts.days == -1;
    text = absl::StrFormat("%d day%s, ", parts.days, one ? "" : "s");
  }
  text += absl::StrFormat("%d:%02d:%02d", parts.seconds / 3600, parts.seconds / 60 % 60,
                          parts.seconds % 60);
  if (parts.micros != 0) text += absl::StrFormat(".%06d", parts.micros);
  return text;
}

std::string TimespanRepr(int64_t micros) {
  const TimespanParts parts = SplitTimespan(micros);
  std::string inside;
  const auto add = [&](std::string_view name, int64_t number) {
    if (number == 0) return;
    base::Append(inside, inside.empty() ? "" : ", ", name, "=", number);
  };
  add("days", parts.days);
  add("seconds", parts.seconds);
  add("microseconds", parts.micros);
  return base::Cat("datetime.timedelta(", inside.empty() ? "0" : inside, ")");
}

void AppendRepr(const Value& value, std::string& out);

void AppendItems(const std::vector<Value>& items, std::string& out) {
  bool first = true;
  for (const Value& item : items) {
    if (!first) out += ", ";
    first = false;
    AppendRepr(item, out);
  }
}

void AppendDict(const Value& value, std::string& out) {
  if (value.Is(Type::kSet) && value.dict().empty()) {
    out += "set()";
    return;
  }
  out.push_back('{');
  bool first = true;
  for (const auto& [key, item] : value.dict().entries()) {
    if (!first) out += ", ";
    first = false;
    AppendRepr(key, out);
    if (value.Is(Type::kSet)) continue;
    out += ": ";
    AppendRepr(item, out);
  }
  out.push_back('}');
}

// range(0, 3), or with a step.
std::string RangeRepr(const std::vector<Value>& items) {
  if (items.empty()) return "range(0, 0)";
  const int64_t start = items.front().int_value();
  const int64_t step = items.size() > 1 ? items[1].int_value() - start : 1;
  const int64_t stop = items.back().int_value() + step;
  if (step == 1) return base::Cat("range(", start, ", ", stop, ")");
  return base::Cat("range(", start, ", ", stop, ", ", step, ")");
}

void AppendList(const Value& value, std::string& out) {
  if (value.list_kind() == ListKind::kRange) {
    out += RangeRepr(value.items());
    return;
  }
  const bool tuple = value.list_kind() == ListKind::kTuple;
  out.push_back(tuple ? '(' : '[');
  AppendItems(value.items(), out);
  if (tuple && value.items().size() == 1) out.push_back(',');
  out.push_back(tuple ? ')' : ']');
}

void AppendRepr(const Value& value, std::string& out) {
  if (out.size() > base::kExpressionStringBytesMax) return;
  switch (value.type()) {
    case Type::kUndefined:
      out += "Undefined";
      break;
    case Type::kNull:
      out += "None";
      break;
    case Type::kBool:
      out += value.bool_value() ? "True" : "False";
      break;
    case Type::kInt:
    case Type::kBigInt:
      out += IntegerText(value);
      break;
    case Type::kFloat:
      out += FloatText(value.float_value());
      break;
    case Type::kString:
      out += ReprText(value.string());
      break;
    case Type::kList:
      AppendList(value, out);
      break;
    case Type::kDict:
    case Type::kSet:
      AppendDict(value, out);
      break;
    case Type::kDatetime:
      out += DatetimeRepr(value);
      break;
    case Type::kTimespan:
      out += TimespanRepr(value.int_value());
      break;
    default:
      base::Append(out, "<", TypeName(value), ">");
  }
}

}  // namespace

std::string ReprText(std::string_view text) {
  const bool single = text.find('\'') != std::string_view::npos;
  const char quote = single && text.find('"') == std::string_view::npos ? '"' : '\'';
  std::string out(1, quote);
  for (size_t at = 0; at < text.size(); at += CodePointBytes(text, at)) {
    const char c = text[at];
    const auto code = static_cast<unsigned char>(c);
    if (c == quote || c == '\\') {
      out += {'\\', c};
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else if (code < 0x20 || code == 0x7F) {
      absl::StrAppendFormat(&out, "\\x%02x", code);
    } else {
      out += text.substr(at, CodePointBytes(text, at));
    }
  }
  out.push_back(quote);
  return out;
}

std::string Repr(const Value& value) {
  std::string out;
  AppendRepr(value, out);
  return out;
}

std::string Str(const Value& value) {
  if (value.Is(Type::kString)) return value.string();
  if (value.Is(Type::kUndefined)) return "";
  if (value.Is(Type::kDatetime)) return DatetimeText(value);
  if (value.Is(Type::kTimespan)) return TimespanText(value.int_value());
  return Repr(value);
}

}  // namespace gregale::workflow::expr
