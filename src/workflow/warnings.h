#pragma once

#include <string>
#include <vector>

#include "base/yaml.h"
#include "workflow/model.h"

// What is allowed and hardly meant. Texts for people, with their places.
namespace gregale::workflow {

// What Mistral reads otherwise than it looks, or not at all, in a workflow that CheckWorkflow() has
// accepted.
std::vector<std::string> WarningsOfText(const base::YamlNode& body);

// What the ways between the tasks of a direct workflow lead to: tasks that are never started, joins
// that are never met, loops without exit. Nothing is said of workflows beyond
// base::kWorkflowGraphTasksMax tasks.
std::vector<std::string> WarningsOfGraph(const Workflow& workflow);

}  // namespace gregale::workflow
