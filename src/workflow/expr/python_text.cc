#include "workflow/expr/python_text.h"

#include "absl/strings/str_format.h"
#include "base/limits.h"
#include "base/text.h"
#include "workflow/expr/number.h"
#include "workflow/expr/unicode.h"

namespace gregale::workflow::expr {
namespace {

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

void AppendList(const Value& value, std::string& out) {
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
  return Repr(value);
}

}  // namespace gregale::workflow::expr
