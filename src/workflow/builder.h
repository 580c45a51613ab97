#pragma once

#include "absl/status/statusor.h"
#include "base/yaml.h"
#include "workflow/model.h"

// The model of what CheckWorkflow() and CheckAction() have accepted. Errors are those of a text
// that they have not seen.
namespace gregale::workflow {

absl::StatusOr<Workflow> BuildWorkflow(const base::YamlNode& name, const base::YamlNode& body);
absl::StatusOr<AdHocAction> BuildAction(const base::YamlNode& name, const base::YamlNode& body);

// One task. `defaults` are the workflow's task-defaults, nullptr where it has none.
absl::StatusOr<Task> BuildTask(const base::YamlNode& name, const base::YamlNode& body,
                               const base::YamlNode* defaults);

// The attribute, where it is there.
absl::StatusOr<std::optional<expr::Tree>> BuildTree(const base::YamlNode& body,
                                                    std::string_view attribute);

// Adds what `more` has to `target`: dicts within are merged, else `more` counts. Both are objects.
void MergeDicts(base::Json& target, const base::Json& more);

}  // namespace gregale::workflow
