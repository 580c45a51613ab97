#pragma once

#include "absl/status/status.h"
#include "base/yaml.h"
#include "workflow/model.h"

// The rules of the language, one definition at a time. The nodes come from ParseDefinition().
namespace gregale::workflow {

// The attributes of a definition and of all in it, by the schema.
absl::Status CheckWorkflow(const base::YamlNode& name, const base::YamlNode& body);
absl::Status CheckAction(const base::YamlNode& body);

// The checks of one part each, used by CheckWorkflow().
absl::Status CheckTask(const base::YamlNode& name, const base::YamlNode& body, Workflow::Type type);
absl::Status CheckTaskDefaults(const base::YamlNode& body);

// Whether an entry of `tasks` is a task: all but "version", which the original takes for the list's
// own.
bool IsTask(const base::YamlNode& name);

// What tasks say of each other: transitions, joins, requirements.
absl::Status CheckTaskGraph(const Workflow& workflow);

}  // namespace gregale::workflow
