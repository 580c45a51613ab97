#include "tosca/template_error.h"

#include "absl/strings/ascii.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"

namespace gregale::tosca {
namespace {

// What people may be shown of a text from outside.
std::string Shown(std::string_view text, size_t chars_max) {
  std::string shown(text.substr(0, chars_max));
  for (char& c : shown) {
    if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) c = '?';
  }
  return text.size() > chars_max ? shown + "..." : shown;
}

}  // namespace

absl::Status TemplateError(std::string_view path, std::string_view reason) {
  const std::string message = path.empty() ? std::string(reason) : base::Cat(path, ": ", reason);
  return base::MakeError(absl::StatusCode::kInvalidArgument, "ToscaParserFailed", message, path);
}

std::string Child(std::string_view path, std::string_view key) {
  const std::string shown = Shown(key, base::kNameCharsMax);
  return path.empty() ? shown : base::Cat(path, ".", shown);
}

std::string Item(std::string_view path, size_t index) { return base::Cat(path, "[", index, "]"); }

std::string Quoted(std::string_view text) { return base::Cat("'", Shown(text, 60), "'"); }

}  // namespace gregale::tosca
