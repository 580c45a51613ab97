#include <string>

#include "conformance/cases.h"
#include "workflow/definition.h"

namespace gregale::conformance {

std::optional<Difference> RunLangCase(const base::Json& record) {
  const std::string kind = record.value("kind", "workflow");
  const std::string yaml = record.value("yaml", "");
  const absl::Status status = kind == "workbook"  ? workflow::ValidateWorkbook(yaml)
                              : kind == "actions" ? workflow::ValidateActionList(yaml)
                                                  : workflow::ValidateWorkflowList(yaml);
  const bool valid = record.value("valid", false);
  if (status.ok() == valid) return std::nullopt;
  Difference difference;
  difference.expected = {{"valid", valid}, {"error", record.value("error", base::Json())}};
  difference.got = {{"valid", status.ok()}, {"error", std::string(status.message())}};
  return difference;
}

}  // namespace gregale::conformance
