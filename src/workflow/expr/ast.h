#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "workflow/expr/value.h"

// The syntax tree of an expression, one for both languages; `text` and `op` tell what is
// particular.
namespace gregale::workflow::expr {

enum class NodeKind : uint8_t {
  kLiteral,   // `literal`
  kKeyword,   // YAQL: a bare word; `literal` is its text
  kVariable,  // `text`: "$", "$name", "name"
  kList,      // items
  kTuple,     // items
  kDict,      // pairs
  kUnary,     // op, items[0]
  kBinary,    // op, items[0], items[1]
  kAnd,
  kOr,
  kNot,
  kCall,     // YAQL: the function `text`; Jinja: items[0] is called. Arguments: items, pairs
  kMember,   // items[0] . items[1]: YAQL's property or method; Jinja: attribute `text` of items[0]
  kIndex,    // items[0] [ items[1..], pairs ]
  kSlice,    // Jinja: start, stop, step; nullptr where left out
  kMapping,  // YAQL: items[0] => items[1]
  kConditional,  // Jinja: items[0] if items[1] else items[2]; items[2] may be nullptr
  kCompare,      // Jinja: items[0] ops[0] items[1] ops[1] items[2] ...
  kFilter,       // Jinja: items[0] | text(items[1..], pairs)
  kTest,         // Jinja: items[0] is text(items[1..], pairs)
  kConcat,       // Jinja: items joined as text
};

enum class Op : uint8_t {
  kNone,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kFloorDivide,
  kModulo,
  kPower,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kIn,
  kNotIn,
  kMatches,      // =~
  kNotMatches,   // !~
  kArrow,        // ->
  kMember,       // .
  kElvisMember,  // ?.
  kPlus,
  kMinus,
};

struct Node;
using NodePtr = std::unique_ptr<Node>;

struct NamedNode {
  NodePtr key;
  NodePtr value;
};

struct Node {
  NodeKind kind = NodeKind::kLiteral;
  Op op = Op::kNone;
  size_t offset = 0;  // in the expression's text, bytes
  int depth = 1;      // how deep the tree below is
  std::string text;
  Value literal;
  std::vector<NodePtr> items;  // nullptr: left out
  std::vector<NamedNode> pairs;
  std::vector<Op> ops;
};

NodePtr MakeNode(NodeKind kind, size_t offset);

// The node with its depth, once its parts are there. kInvalidArgument beyond kExpressionDepthMax:
// chains like a + b + c + ... grow deep without any recursion of a parser.
absl::StatusOr<NodePtr> Finished(NodePtr node);

// An expression that was parsed: the tree and the heap that its literals live on. Immutable.
struct Program {
  std::unique_ptr<Heap> constants;
  NodePtr root;
  std::string text;
};

}  // namespace gregale::workflow::expr
