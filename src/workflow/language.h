#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "base/yaml.h"

// The rules of the language, one definition at a time. The nodes come from ParseDefinition().
namespace gregale::workflow {

absl::Status CheckWorkflow(const base::YamlNode& name, const base::YamlNode& body);
absl::Status CheckAction(const base::YamlNode& body);

// The checks of one part each, used by CheckWorkflow().
absl::Status CheckTask(const base::YamlNode& name, const base::YamlNode& body, bool direct);
absl::Status CheckTaskDefaults(const base::YamlNode& body);
// What tasks say of each other: transitions, joins, requirements.
absl::Status CheckTaskGraph(const base::YamlNode& workflow, bool direct);

// Whether an entry of `tasks` is a task: all but "version", which the original takes for the list's
// own.
bool IsTask(const base::YamlNode& name);

// The names that a clause leads to, with their places; conditions and parameters apart.
struct Target {
  std::string name;
  const base::YamlNode* node = nullptr;
};
std::vector<Target> TargetsOf(const base::YamlNode& clause);

}  // namespace gregale::workflow
