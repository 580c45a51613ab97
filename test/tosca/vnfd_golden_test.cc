#include <catch2/catch.hpp>
#include <string>

#include "base/error.h"
#include "base/text.h"
#include "support/golden.h"
#include "tosca/vnfd.h"

namespace gregale::tosca {
namespace {

// The rest of the template's line "#<name>: ..."; "" where there is none.
std::string Directive(const std::string& input, std::string_view name) {
  const std::string begin = base::Cat("#", name, ": ");
  const size_t at = input.find(begin);
  if (at == std::string::npos) return "";
  const size_t from = at + begin.size();
  return input.substr(from, input.find('\n', from) - from);
}

std::string Describe(const Vnfd& vnfd) {
  std::string text = base::Cat("description: ", vnfd.description, "\n",
                               "template_name: ", vnfd.template_name, "\n");
  for (const auto& [name, definition] : vnfd.inputs) {
    base::Append(text, "input ", name, ": ", base::DumpJson(definition), "\n");
  }
  for (const Vdu& vdu : vnfd.vdus) {
    base::Append(text, "VDU ", vdu.name, ": ", base::Join(vdu.connection_points, " "),
                 vdu.has_management_cp ? " (managed)" : " (not managed)", "\n");
    base::Append(text, "  properties: ", base::DumpJson(vdu.properties), "\n");
    base::Append(text, "  compute: ", base::DumpJson(vdu.compute), "\n");
    base::Append(text, "  monitoring: ", base::DumpJson(vdu.monitoring_policy), "\n");
  }
  base::Append(text, "links: ", base::Join(vnfd.virtual_links, " "), "\n");
  base::Append(text, "policies: ", base::DumpJson(vnfd.policies), "\n");
  return text;
}

// The input is a YAML template; its comments "#param_values: {..}" and "#require: yes" are the
// other arguments.
std::string ParseAndDescribe(const std::string& input) {
  base::Json param_values;
  if (const std::string text = Directive(input, "param_values"); !text.empty()) {
    const auto parsed = base::ParseJson(text);
    if (!parsed.ok()) return std::string(parsed.status().message());
    param_values = *parsed;
  }
  const RequireInputs require =
      Directive(input, "require") == "yes" ? RequireInputs::kYes : RequireInputs::kNo;
  const auto vnfd = ParseVnfdYaml(input, param_values, require);
  if (vnfd.ok()) return Describe(*vnfd);
  return base::Cat(base::ErrorKind(vnfd.status()), " at ", base::ErrorField(vnfd.status()), "\n",
                   vnfd.status().message());
}

TEST_CASE("templates parse as the golden cases say") { test::RunGolden("vnfd", ParseAndDescribe); }

}  // namespace
}  // namespace gregale::tosca
