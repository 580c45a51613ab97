#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "base/error.h"
#include "base/text.h"
#include "workflow/expr/jinja/evaluator.h"
#include "workflow/expr/jinja/function.h"
#include "workflow/expr/json_text.h"
#include "workflow/expr/python_text.h"
#include "workflow/expr/strings.h"
#include "workflow/expr/unicode.h"

// Filters for HTML, URLs and JSON.
namespace gregale::workflow::expr::jinja {
namespace {

std::string EscapeHtml(std::string_view text) {
  std::string out;
  for (char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&#34;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out.push_back(c);
    }
  }
  return out;
}

absl::StatusOr<Value> Escape(Call& call) {
  if (IsMarkup(call[0])) return call[0];
  GREGALE_ASSIGN_OR_RETURN(const std::string text, call.Text(0, ""));
  return call.heap().Markup(EscapeHtml(text));
}

absl::StatusOr<Value> ForceEscape(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const std::string text, call.Text(0, ""));
  return call.heap().Markup(EscapeHtml(text));
}

absl::StatusOr<Value> Safe(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(std::string text, call.Text(0, ""));
  return call.heap().Markup(std::move(text));
}

absl::StatusOr<Value> ToJson(Call& call) {
  int indent = -1;
  if (call.Has(1) && !call[1].is_null()) {
    GREGALE_ASSIGN_OR_RETURN(const int64_t width, call.Int(1, 0));
    indent = static_cast<int>(std::clamp<int64_t>(width, 0, 32));
  }
  GREGALE_ASSIGN_OR_RETURN(const std::string json, JsonText(call.evaluation(), call[0],
                                                            {.indent = indent, .sorted = true}));
  std::string out;
  for (char c : json) {
    if (c == '<' || c == '>' || c == '&' || c == '\'') {
      out += absl::StrFormat("\\u%04x", static_cast<unsigned>(c));
    } else {
      out.push_back(c);
    }
  }
  return call.heap().Markup(std::move(out));
}

// As urllib quotes: letters, digits and _.-~ stay, "/" too unless it is part of a query.
std::string Quote(std::string_view text, bool query) {
  std::string out;
  for (char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || IsDigit(c) ||
                       base::Contains("_.-~", c) || (c == '/' && !query);
    if (plain) {
      out.push_back(c);
    } else if (c == ' ' && query) {
      out.push_back('+');
    } else {
      out += absl::StrFormat("%%%02X", static_cast<unsigned>(static_cast<unsigned char>(c)));
    }
  }
  return out;
}

absl::StatusOr<Value> UrlEncode(Call& call) {
  const bool is_text = call[0].Is(Type::kString);
  const bool is_list = call[0].Is(Type::kDict) || call[0].Is(Type::kList);
  if (is_text || !is_list) {
    GREGALE_ASSIGN_OR_RETURN(const std::string text, call.Text(0, ""));
    return call.heap().String(Quote(text, false));
  }
  std::string out;
  const auto add = [&](const Value& key, const Value& value) {
    base::Append(out, out.empty() ? "" : "&", Quote(Str(key), true), "=", Quote(Str(value), true));
  };
  if (call[0].Is(Type::kDict)) {
    for (const auto& [key, value] : call[0].dict().entries()) add(key, value);
    return call.heap().String(std::move(out));
  }
  for (const Value& pair : call[0].items()) {
    if (!pair.Is(Type::kList) || pair.items().size() != 2) {
      return absl::InvalidArgumentError("urlencode: pairs are needed");
    }
    add(pair.items()[0], pair.items()[1]);
  }
  return call.heap().String(std::move(out));
}

// Without tags and comments, blanks joined.
absl::StatusOr<Value> StripTags(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const std::string text, call.Text(0, ""));
  std::string plain;
  for (size_t at = 0; at < text.size();) {
    const bool comment = text.compare(at, 4, "<!--") == 0;
    const size_t end = text[at] == '<' ? text.find(comment ? "-->" : ">", at) : text.npos;
    if (end == text.npos) {
      plain.push_back(text[at++]);
    } else {
      at = end + (comment ? 3 : 1);
    }
  }
  return call.heap().String(base::Join(SplitText(plain, std::nullopt, -1, Side::kLeft), " "));
}

// The attributes of a tag: {"class": "a"} gives ' class="a"'.
absl::StatusOr<Value> XmlAttributes(Call& call) {
  if (!call[0].Is(Type::kDict)) return absl::InvalidArgumentError("xmlattr: a dict is needed");
  std::string out;
  for (const auto& [key, value] : call[0].dict().entries()) {
    if (value.is_null() || value.Is(Type::kUndefined)) continue;
    const std::string name = Str(key);
    if (name.find_first_of(" /><=\t\n\f\r") != name.npos) {
      return absl::InvalidArgumentError("Invalid character in attribute name");
    }
    base::Append(out, out.empty() ? "" : " ", EscapeHtml(name), "=\"", EscapeHtml(Str(value)),
                 "\"");
  }
  if (call.Flag(1, true) && !out.empty()) out = base::Cat(" ", out);
  return call.heap().String(std::move(out));
}

absl::StatusOr<Value> Pretty(Call& call) {
  GREGALE_RETURN_IF_ERROR(CheckDefined(call[0]));
  return call.heap().String(Repr(call[0]));
}

constexpr FunctionRow kRows[] = {
    {"escape(s)", &Escape},
    {"e(s)", &Escape},
    {"forceescape(value)", &ForceEscape},
    {"safe(value)", &Safe},
    {"tojson(value, indent=)", &ToJson},
    {"urlencode(value)", &UrlEncode},
    {"striptags(value)", &StripTags},
    {"xmlattr(d, autospace=)", &XmlAttributes},
    {"pprint(value)", &Pretty},
};

}  // namespace

std::span<const FunctionRow> MarkupFilters() { return kRows; }

}  // namespace gregale::workflow::expr::jinja
