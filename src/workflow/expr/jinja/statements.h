#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "workflow/expr/ast.h"

// Templates with text and {% %} blocks.
namespace gregale::workflow::expr::jinja {

struct Statement;
using Body = std::vector<std::unique_ptr<Statement>>;

struct Statement {
  enum class Kind : uint8_t { kText, kOutput, kIf, kFor, kSet, kWith, kFilter };
  // A branch of an if; without a condition: else.
  struct Branch {
    NodePtr condition;
    Body body;
  };

  Kind kind = Kind::kText;
  std::string text;    // kText
  NodePtr expression;  // kOutput, kSet, kFor: the value; kFilter: the filters around kVariable ""
  std::vector<std::string> targets;  // kSet, kFor: the names that get the value, or its parts
  std::vector<std::pair<std::string, NodePtr>> values;  // kWith
  NodePtr condition;                                    // kFor: "if" behind the sequence
  std::vector<Branch> branches;                         // kIf
  Body body;       // kFor, kSet without expression, kWith, kFilter
  Body otherwise;  // kFor: else
};

// A template that was parsed. Immutable.
struct Document {
  std::unique_ptr<Heap> constants;
  Body body;
  std::string text;
};

// kInvalidArgument for what is wrong, and for blocks that a workflow's text has no use for
// (extends, include, import, macro, call).
absl::StatusOr<Document> ParseDocument(std::string_view text);

}  // namespace gregale::workflow::expr::jinja
