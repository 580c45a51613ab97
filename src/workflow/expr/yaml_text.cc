#include "workflow/expr/yaml_text.h"

#include "base/error.h"
#include "base/yaml.h"
#include "workflow/expr/json_value.h"

namespace gregale::workflow::expr {

absl::StatusOr<std::string> YamlText(Evaluation& evaluation, const Value& value) {
  GREGALE_ASSIGN_OR_RETURN(const Value plain, Materialize(evaluation, value));
  GREGALE_ASSIGN_OR_RETURN(const base::Json json, ToJson(plain));
  return base::DumpYaml(json);
}

}  // namespace gregale::workflow::expr
