#include <charconv>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "workflow/expr/bigint.h"
#include "workflow/expr/jinja/parser.h"

// Operands and what follows them: literals, names, brackets, members, calls, filters, tests.
namespace gregale::workflow::expr::jinja {

using NodeOr = absl::StatusOr<NodePtr>;

NodeOr Parser::Primary() {
  const Token& token = Now();
  NodePtr node = MakeNode(NodeKind::kLiteral, token.offset);
  switch (token.kind) {
    case TokenKind::kName:
      return Word();
    case TokenKind::kSymbol:
      return Bracketed();
    case TokenKind::kEnd:
      return Unexpected();
    case TokenKind::kInteger:
      node->literal = ParseInteger(token.text, constants_);
      break;
    case TokenKind::kFloat: {
      double value = 0;
      std::from_chars(token.text.data(), token.text.data() + token.text.size(), value);
      node->literal = Value::Float(value);
      break;
    }
    case TokenKind::kString: {
      std::string text = token.text;  // neighbours are one text
      while (tokens_[at_ + 1].kind == TokenKind::kString) text += tokens_[++at_].text;
      node->literal = constants_.String(std::move(text));
      break;
    }
  }
  ++at_;
  return Finished(std::move(node));
}

NodeOr Parser::Word() {
  const Token& token = tokens_[at_++];
  NodePtr node = MakeNode(NodeKind::kLiteral, token.offset);
  const std::string& word = token.text;
  if (word == "true" || word == "True") {
    node->literal = Value::Bool(true);
  } else if (word == "false" || word == "False") {
    node->literal = Value::Bool(false);
  } else if (word != "none" && word != "None") {
    node->kind = NodeKind::kVariable;
    node->text = word;
  }
  return Finished(std::move(node));
}

NodeOr Parser::Bracketed() {
  const size_t offset = Now().offset;
  if (TakeSymbol("(")) {
    if (TakeSymbol(")")) return Finished(MakeNode(NodeKind::kTuple, offset));
    GREGALE_ASSIGN_OR_RETURN(NodePtr inside, Tuple());
    if (!TakeSymbol(")")) return Unexpected();
    return inside;
  }
  if (NowIsSymbol("{")) return DictLiteral();
  if (!TakeSymbol("[")) return Unexpected();
  NodePtr node = MakeNode(NodeKind::kList, offset);
  while (!TakeSymbol("]")) {
    if (!node->items.empty() && !TakeSymbol(",")) return Unexpected();
    if (TakeSymbol("]")) break;
    GREGALE_ASSIGN_OR_RETURN(NodePtr item, Expression());
    node->items.push_back(std::move(item));
  }
  return Finished(std::move(node));
}

NodeOr Parser::DictLiteral() {
  NodePtr node = MakeNode(NodeKind::kDict, Now().offset);
  ++at_;
  while (!TakeSymbol("}")) {
    if (!node->pairs.empty() && !TakeSymbol(",")) return Unexpected();
    if (TakeSymbol("}")) break;
    GREGALE_ASSIGN_OR_RETURN(NodePtr key, Expression());
    if (!TakeSymbol(":")) return Unexpected();
    GREGALE_ASSIGN_OR_RETURN(NodePtr value, Expression());
    node->pairs.push_back({std::move(key), std::move(value)});
  }
  return Finished(std::move(node));
}

NodeOr Parser::Postfix(NodePtr node) {
  while (true) {
    const size_t offset = Now().offset;
    if (TakeSymbol(".")) {
      const Token& token = Now();
      if (token.kind != TokenKind::kName && token.kind != TokenKind::kInteger) return Unexpected();
      const bool is_name = token.kind == TokenKind::kName;
      NodePtr outer = MakeNode(is_name ? NodeKind::kMember : NodeKind::kIndex, offset);
      outer->items.push_back(std::move(node));
      if (is_name) {
        outer->text = token.text;
        ++at_;
      } else {
        GREGALE_ASSIGN_OR_RETURN(NodePtr number, Primary());
        outer->items.push_back(std::move(number));
      }
      GREGALE_ASSIGN_OR_RETURN(node, Finished(std::move(outer)));
    } else if (TakeSymbol("[")) {
      NodePtr outer = MakeNode(NodeKind::kIndex, offset);
      outer->items.push_back(std::move(node));
      GREGALE_ASSIGN_OR_RETURN(NodePtr subscript, Subscript());
      outer->items.push_back(std::move(subscript));
      if (!TakeSymbol("]")) return Unexpected();
      GREGALE_ASSIGN_OR_RETURN(node, Finished(std::move(outer)));
    } else if (NowIsSymbol("(")) {
      NodePtr outer = MakeNode(NodeKind::kCall, offset);
      outer->items.push_back(std::move(node));
      GREGALE_RETURN_IF_ERROR(Arguments(*outer));
      GREGALE_ASSIGN_OR_RETURN(node, Finished(std::move(outer)));
    } else {
      return node;
    }
  }
}

// An index, or start:stop:step with any of them left out.
NodeOr Parser::Subscript() {
  NodePtr slice = MakeNode(NodeKind::kSlice, Now().offset);
  bool is_slice = false;
  for (int i = 0; i < 3; ++i) {
    NodePtr part;
    if (!NowIsSymbol(":") && !NowIsSymbol("]")) {
      GREGALE_ASSIGN_OR_RETURN(part, Expression());
    }
    if (i == 0 && !NowIsSymbol(":")) {
      if (part == nullptr) return Unexpected();
      return part;
    }
    slice->items.push_back(std::move(part));
    if (!TakeSymbol(":")) break;
    is_slice = true;
  }
  if (!is_slice) return Unexpected();
  slice->items.resize(3);
  return Finished(std::move(slice));
}

// "(a, b, name=c)" into the node, behind what it has.
absl::Status Parser::Arguments(Node& node) {
  if (!TakeSymbol("(")) return Unexpected();
  bool first = true;
  while (!TakeSymbol(")")) {
    if (!first && !TakeSymbol(",")) return Unexpected();
    first = false;
    if (TakeSymbol(")")) break;
    const bool named = Now().kind == TokenKind::kName &&
                       tokens_[at_ + 1].kind == TokenKind::kSymbol && tokens_[at_ + 1].text == "=";
    if (!named) {
      if (!node.pairs.empty()) return Unexpected();
      GREGALE_ASSIGN_OR_RETURN(NodePtr value, Expression());
      node.items.push_back(std::move(value));
      continue;
    }
    NodePtr key = MakeNode(NodeKind::kKeyword, Now().offset);
    key->literal = constants_.String(Now().text);
    at_ += 2;
    GREGALE_ASSIGN_OR_RETURN(NodePtr value, Expression());
    node.pairs.push_back({std::move(key), std::move(value)});
  }
  return absl::OkStatus();
}

NodeOr Parser::Filters(NodePtr node) {
  while (true) {
    if (TakeSymbol("|")) {
      GREGALE_ASSIGN_OR_RETURN(node, Filter(std::move(node)));
    } else if (TakeName("is")) {
      GREGALE_ASSIGN_OR_RETURN(node, Test(std::move(node)));
    } else if (NowIsSymbol("(")) {
      NodePtr outer = MakeNode(NodeKind::kCall, Now().offset);
      outer->items.push_back(std::move(node));
      GREGALE_RETURN_IF_ERROR(Arguments(*outer));
      GREGALE_ASSIGN_OR_RETURN(node, Finished(std::move(outer)));
    } else {
      return node;
    }
  }
}

NodeOr Parser::FirstFilter(NodePtr node) {
  GREGALE_ASSIGN_OR_RETURN(NodePtr filtered, Filter(std::move(node)));
  return Filters(std::move(filtered));
}

NodeOr Parser::Filter(NodePtr node) {
  NodePtr filter = MakeNode(NodeKind::kFilter, Now().offset);
  GREGALE_ASSIGN_OR_RETURN(filter->text, AnyName());
  filter->items.push_back(std::move(node));
  if (NowIsSymbol("(")) GREGALE_RETURN_IF_ERROR(Arguments(*filter));
  return Finished(std::move(filter));
}

NodeOr Parser::Test(NodePtr node) {
  const size_t offset = Now().offset;
  const bool negated = TakeName("not");
  NodePtr test = MakeNode(NodeKind::kTest, offset);
  GREGALE_ASSIGN_OR_RETURN(test->text, AnyName());
  test->items.push_back(std::move(node));
  const bool stops = NowIsName("else") || NowIsName("or") || NowIsName("and") || NowIsName("if") ||
                     NowIsName("in") || NowIsName("not");
  const bool opens = NowIsSymbol("[") || NowIsSymbol("{");
  if (NowIsSymbol("(")) {
    GREGALE_RETURN_IF_ERROR(Arguments(*test));
  } else if (NowIsName("is")) {
    return absl::InvalidArgumentError("You cannot chain multiple tests with is");
  } else if (!stops && !AtEnd() && (Now().kind != TokenKind::kSymbol || opens)) {
    GREGALE_ASSIGN_OR_RETURN(NodePtr argument, Primary());
    GREGALE_ASSIGN_OR_RETURN(argument, Postfix(std::move(argument)));
    test->items.push_back(std::move(argument));
  }
  if (!negated) return Finished(std::move(test));
  NodePtr outer = MakeNode(NodeKind::kNot, offset);
  GREGALE_ASSIGN_OR_RETURN(test, Finished(std::move(test)));
  outer->items.push_back(std::move(test));
  return Finished(std::move(outer));
}

}  // namespace gregale::workflow::expr::jinja
