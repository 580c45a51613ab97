#include "workflow/expr/json_text.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "absl/strings/str_format.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "workflow/expr/number.h"
#include "workflow/expr/python_text.h"
#include "workflow/expr/unicode.h"

namespace gregale::workflow::expr {
namespace {

void AppendUnit(std::string& out, unsigned unit) { absl::StrAppendFormat(&out, "\\u%04x", unit); }

std::string Quote(std::string_view text) {
  std::string out = "\"";
  for (size_t at = 0; at < text.size(); at += CodePointBytes(text, at)) {
    const auto c = static_cast<unsigned>(CodePointAt(text, at));
    constexpr std::string_view kPlain = "\"\\\b\f\n\r\t";
    constexpr std::string_view kLetters = "\"\\bfnrt";
    const size_t i = c < 0x80 ? kPlain.find(static_cast<char>(c)) : kPlain.npos;
    if (i != kPlain.npos) {
      out += {'\\', kLetters[i]};
    } else if (c >= 0x20 && c < 0x7F) {
      out.push_back(static_cast<char>(c));
    } else if (c < 0x10000) {
      AppendUnit(out, c);
    } else {  // as two UTF-16 units
      AppendUnit(out, 0xD800 + ((c - 0x10000) >> 10));
      AppendUnit(out, 0xDC00 + ((c - 0x10000) & 0x3FF));
    }
  }
  out.push_back('"');
  return out;
}

class Writer {
 public:
  Writer(Evaluation& evaluation, const JsonStyle& style)
      : evaluation_(evaluation), indent_(style.indent), sorted_(style.sorted) {}

  absl::Status Write(const Value& value) {
    const Evaluation::Level level(evaluation_);
    GREGALE_RETURN_IF_ERROR(level.status());
    GREGALE_RETURN_IF_ERROR(evaluation_.Step());
    if (out_.size() > base::kExpressionStringBytesMax) {
      return absl::ResourceExhaustedError("the text is too long");
    }
    switch (value.type()) {
      case Type::kNull:
        out_ += "null";
        return absl::OkStatus();
      case Type::kBool:
        out_ += value.bool_value() ? "true" : "false";
        return absl::OkStatus();
      case Type::kInt:
      case Type::kBigInt:
        out_ += IntegerText(value);
        return absl::OkStatus();
      case Type::kFloat:
        out_ += FloatText(value.float_value());
        return absl::OkStatus();
      case Type::kString:
        out_ += Quote(value.string());
        return absl::OkStatus();
      case Type::kDict:
        return WriteDict(value.dict());
      case Type::kList:
      case Type::kSet:
      case Type::kSequence:
        return WriteList(value);
      default:
        return absl::InvalidArgumentError(
            base::Cat("Object of type ", TypeName(value), " is not JSON serializable"));
    }
  }

  std::string Take() { return std::move(out_); }

 private:
  void NewLine() {
    if (indent_ < 0) return;
    out_.push_back('\n');
    out_.append(static_cast<size_t>(indent_ * depth_), ' ');
  }

  void Separate(bool first) {
    if (!first) out_ += indent_ < 0 ? ", " : ",";
    NewLine();
  }

  absl::Status WriteList(const Value& list) {
    GREGALE_ASSIGN_OR_RETURN(const std::vector<Value> items, ReadAll(evaluation_, list));
    if (items.empty()) {
      out_ += "[]";
      return absl::OkStatus();
    }
    out_.push_back('[');
    ++depth_;
    for (size_t i = 0; i < items.size(); ++i) {
      Separate(i == 0);
      GREGALE_RETURN_IF_ERROR(Write(items[i]));
    }
    --depth_;
    NewLine();
    out_.push_back(']');
    return absl::OkStatus();
  }

  absl::Status WriteDict(const Dict& dict) {
    if (dict.empty()) {
      out_ += "{}";
      return absl::OkStatus();
    }
    out_.push_back('{');
    ++depth_;
    bool first = true;
    std::vector<Dict::Entry> entries = dict.entries();
    if (sorted_) {
      std::sort(entries.begin(), entries.end(),
                [](const auto& a, const auto& b) { return Str(a.first) < Str(b.first); });
    }
    for (const auto& [key, item] : entries) {
      Separate(first);
      first = false;
      out_ += key.Is(Type::kString) ? Quote(key.string())
              : key.is_null()       ? std::string("\"null\"")
              : key.Is(Type::kBool) ? std::string(key.bool_value() ? "\"true\"" : "\"false\"")
                                    : Quote(Str(key));
      out_ += ": ";
      GREGALE_RETURN_IF_ERROR(Write(item));
    }
    --depth_;
    NewLine();
    out_.push_back('}');
    return absl::OkStatus();
  }

  Evaluation& evaluation_;
  const int indent_;
  const bool sorted_;
  int depth_ = 0;
  std::string out_;
};

}  // namespace

absl::StatusOr<std::string> JsonText(Evaluation& evaluation, const Value& value,
                                     const JsonStyle& style) {
  Writer writer(evaluation, style);
  GREGALE_RETURN_IF_ERROR(writer.Write(value));
  return writer.Take();
}

}  // namespace gregale::workflow::expr
