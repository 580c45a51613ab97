#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace gregale::workflow {

// A workflow, parsed and checked; immutable and shared by all its executions. Its inside is in
// model.h.
struct Workflow;

// An action made of another one, likewise.
struct AdHocAction;

// What a text defines, in its order. Names of a workbook's members begin with "<workbook>.".
struct Definitions {
  std::vector<std::shared_ptr<const Workflow>> workflows;
  std::vector<std::shared_ptr<const AdHocAction>> actions;
  // What is valid and hardly meant, with line and column: loops without exit, joins that are never
  // met, conditions and parameters that Mistral does not look at, ...
  std::vector<std::string> warnings;
};

// Parses and checks a workflow list, a workbook, a list of ad-hoc actions. kInvalidArgument says
// what is wrong, with line and column.
absl::StatusOr<Definitions> ParseWorkflowList(std::string_view yaml);
absl::StatusOr<Definitions> ParseWorkbook(std::string_view yaml);
absl::StatusOr<Definitions> ParseActionList(std::string_view yaml);

// Parses a Mistral DSL v2 workflow list (YAML text) and returns the workflow `name` (empty: the
// only one). kInvalidArgument says what is wrong, with line and column.
absl::StatusOr<std::shared_ptr<const Workflow>> ParseWorkflow(std::string_view yaml,
                                                              std::string_view name = {});

// Checks a workflow list. The error's first line reads like Mistral's.
absl::Status ValidateWorkflowList(std::string_view yaml);

// Checks a workbook, or a list of ad-hoc actions, likewise.
absl::Status ValidateWorkbook(std::string_view yaml);
absl::Status ValidateActionList(std::string_view yaml);

const std::string& WorkflowName(const Workflow& workflow);

}  // namespace gregale::workflow
