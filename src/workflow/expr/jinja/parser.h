#pragma once

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "workflow/expr/ast.h"
#include "workflow/expr/jinja/lexer.h"

namespace gregale::workflow::expr::jinja {

// Reads expressions from tokens. After an error the parser is of no further use.
class Parser {
 public:
  Parser(std::vector<Token> tokens, Heap& constants)
      : tokens_(std::move(tokens)), constants_(constants) {}

  // An expression with "x if y else z"; without it where `Conditional` says so, as behind "in" of a
  // loop.
  enum class Conditional : uint8_t { kAllowed, kNotAllowed };
  absl::StatusOr<NodePtr> Expression(Conditional conditional = Conditional::kAllowed);
  // One expression, or a tuple without parentheses.
  absl::StatusOr<NodePtr> Tuple(Conditional conditional = Conditional::kAllowed);
  // "filter | filter ..." applied to a node.
  absl::StatusOr<NodePtr> FirstFilter(NodePtr node);

  bool AtEnd() const { return Now().kind == TokenKind::kEnd; }
  bool TakeSymbol(std::string_view symbol);
  bool TakeName(std::string_view name);
  // Any name that is none of the language's own words.
  absl::StatusOr<std::string> AnyName();
  absl::Status ExpectEnd() const;
  absl::Status Unexpected() const;

 private:
  const Token& Now() const { return tokens_[at_]; }
  bool NowIsSymbol(std::string_view symbol) const;
  bool NowIsName(std::string_view name) const;
  absl::StatusOr<NodePtr> Join(NodeKind kind, Op op, size_t offset, NodePtr left, NodePtr right);

  absl::StatusOr<NodePtr> Or();
  absl::StatusOr<NodePtr> And();
  absl::StatusOr<NodePtr> Not();
  absl::StatusOr<NodePtr> Compare();
  absl::StatusOr<NodePtr> Sum();
  absl::StatusOr<NodePtr> Concat();
  absl::StatusOr<NodePtr> Product();
  absl::StatusOr<NodePtr> Power();
  absl::StatusOr<NodePtr> Unary();
  absl::StatusOr<NodePtr> UnfilteredUnary();
  absl::StatusOr<NodePtr> Primary();
  absl::StatusOr<NodePtr> Word();
  absl::StatusOr<NodePtr> Bracketed();
  absl::StatusOr<NodePtr> DictLiteral();
  absl::StatusOr<NodePtr> Postfix(NodePtr node);
  absl::StatusOr<NodePtr> Subscript();
  absl::Status Arguments(Node& node);
  absl::StatusOr<NodePtr> Filters(NodePtr node);
  absl::StatusOr<NodePtr> Filter(NodePtr node);
  absl::StatusOr<NodePtr> Test(NodePtr node);

  const std::vector<Token> tokens_;
  Heap& constants_;
  size_t at_ = 0;
  int depth_ = 0;
};

// Parses an expression that stands alone. kInvalidArgument with what was not expected and where.
absl::StatusOr<Program> ParseExpression(std::string_view text);

}  // namespace gregale::workflow::expr::jinja
