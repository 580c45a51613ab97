#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/json.h"
#include "store/workflow_records.h"

// What is in the text of workflows, workbooks and actions, as far as the API shows it.
namespace gregale::server {

// One definition of a text.
struct DefinedItem {
  std::string kind;  // of store::Definition
  std::string name;  // of a member of a workbook: "book.flow"
  std::string text;  // as it is stored
  std::string description;
  base::Json tags = base::Json::array();
  base::Json interface = base::Json::object();  // {"input": [...], "output": [...]}
};

// A text was found valid; and what about it is hardly meant.
struct DefinedItems {
  std::vector<DefinedItem> items;  // in the order of the text; a workbook before its members
  std::vector<std::string> warnings;
};

// kInvalidArgument, as the first line of Mistral's messages.
absl::StatusOr<DefinedItems> ReadWorkflowText(std::string_view text);
absl::StatusOr<DefinedItems> ReadWorkbookText(std::string_view text);
absl::StatusOr<DefinedItems> ReadActionText(std::string_view text);

// "a, b=\"5\"": the inputs of an interface.
std::string SignatureOf(const base::Json& interface);

// The text of a stored definition as it is shown: of a member of a workbook only its own lines.
std::string ShownText(const store::Definition& definition);

}  // namespace gregale::server
