#include "workflow/expr/ast.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "base/text.h"

namespace gregale::workflow::expr {
namespace {

int DepthOf(const NodePtr& node) { return node == nullptr ? 0 : node->depth; }

}  // namespace

NodePtr MakeNode(NodeKind kind, size_t offset) {
  auto node = std::make_unique<Node>();
  node->kind = kind;
  node->offset = offset;
  return node;
}

absl::StatusOr<NodePtr> Finished(NodePtr node) {
  int depth = 0;
  for (const NodePtr& item : node->items) depth = std::max(depth, DepthOf(item));
  for (const NamedNode& pair : node->pairs) {
    depth = std::max({depth, DepthOf(pair.key), DepthOf(pair.value)});
  }
  node->depth = depth + 1;
  if (node->depth <= base::kExpressionDepthMax) return node;
  return absl::InvalidArgumentError(base::Cat("Parse error: the expression is nested deeper than ",
                                              base::kExpressionDepthMax, " at position ",
                                              node->offset));
}

}  // namespace gregale::workflow::expr
