#include "workflow/expr/jinja/parser.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "workflow/expr/bigint.h"

namespace gregale::workflow::expr::jinja {
namespace {

using NodeOr = absl::StatusOr<NodePtr>;

constexpr std::array<std::pair<std::string_view, Op>, 6> kComparisons = {{
    {"==", Op::kEqual},
    {"!=", Op::kNotEqual},
    {"<", Op::kLess},
    {"<=", Op::kLessEqual},
    {">", Op::kGreater},
    {">=", Op::kGreaterEqual},
}};

// Counts one level of nesting for as long as it lives.
class Nesting {
 public:
  explicit Nesting(int& depth) : depth_(depth) { ++depth_; }
  ~Nesting() { --depth_; }
  Nesting(const Nesting&) = delete;
  Nesting& operator=(const Nesting&) = delete;

 private:
  int& depth_;
};

}  // namespace

bool Parser::NowIsSymbol(std::string_view symbol) const {
  return Now().kind == TokenKind::kSymbol && Now().text == symbol;
}

bool Parser::NowIsName(std::string_view name) const {
  return Now().kind == TokenKind::kName && Now().text == name;
}

bool Parser::TakeSymbol(std::string_view symbol) {
  if (!NowIsSymbol(symbol)) return false;
  ++at_;
  return true;
}

bool Parser::TakeName(std::string_view name) {
  if (!NowIsName(name)) return false;
  ++at_;
  return true;
}

absl::StatusOr<std::string> Parser::AnyName() {
  if (Now().kind != TokenKind::kName) return Unexpected();
  return tokens_[at_++].text;
}

absl::Status Parser::Unexpected() const {
  if (AtEnd()) return absl::InvalidArgumentError("unexpected end of the expression");
  return absl::InvalidArgumentError(
      base::Cat("unexpected '", Now().text, "' at position ", Now().offset));
}

absl::Status Parser::ExpectEnd() const {
  if (AtEnd()) return absl::OkStatus();
  return Unexpected();
}

NodeOr Parser::Join(NodeKind kind, Op op, size_t offset, NodePtr left, NodePtr right) {
  NodePtr node = MakeNode(kind, offset);
  node->op = op;
  node->items.push_back(std::move(left));
  node->items.push_back(std::move(right));
  return Finished(std::move(node));
}

NodeOr Parser::Tuple(Conditional conditional) {
  GREGALE_ASSIGN_OR_RETURN(NodePtr first, Expression(conditional));
  if (!NowIsSymbol(",")) return first;
  NodePtr node = MakeNode(NodeKind::kTuple, first->offset);
  node->items.push_back(std::move(first));
  while (TakeSymbol(",")) {
    if (AtEnd() || NowIsSymbol(")") || NowIsName("in") || NowIsSymbol("=")) break;
    GREGALE_ASSIGN_OR_RETURN(NodePtr item, Expression(conditional));
    node->items.push_back(std::move(item));
  }
  return Finished(std::move(node));
}

NodeOr Parser::Expression(Conditional conditional) {
  const Nesting nesting(depth_);
  if (depth_ > base::kExpressionDepthMax / 2) {
    return absl::InvalidArgumentError("the expression is nested too deeply");
  }
  GREGALE_ASSIGN_OR_RETURN(NodePtr value, Or());
  while (conditional == Conditional::kAllowed && NowIsName("if")) {
    NodePtr node = MakeNode(NodeKind::kConditional, Now().offset);
    ++at_;
    node->items.push_back(std::move(value));
    GREGALE_ASSIGN_OR_RETURN(NodePtr condition, Or());
    node->items.push_back(std::move(condition));
    NodePtr otherwise;
    if (TakeName("else")) {
      GREGALE_ASSIGN_OR_RETURN(otherwise, Expression(conditional));
    }
    node->items.push_back(std::move(otherwise));
    GREGALE_ASSIGN_OR_RETURN(value, Finished(std::move(node)));
  }
  return value;
}

NodeOr Parser::Or() {
  GREGALE_ASSIGN_OR_RETURN(NodePtr left, And());
  while (NowIsName("or")) {
    const size_t offset = tokens_[at_++].offset;
    GREGALE_ASSIGN_OR_RETURN(NodePtr right, And());
    GREGALE_ASSIGN_OR_RETURN(
        left, Join(NodeKind::kOr, Op::kNone, offset, std::move(left), std::move(right)));
  }
  return left;
}

NodeOr Parser::And() {
  GREGALE_ASSIGN_OR_RETURN(NodePtr left, Not());
  while (NowIsName("and")) {
    const size_t offset = tokens_[at_++].offset;
    GREGALE_ASSIGN_OR_RETURN(NodePtr right, Not());
    GREGALE_ASSIGN_OR_RETURN(
        left, Join(NodeKind::kAnd, Op::kNone, offset, std::move(left), std::move(right)));
  }
  return left;
}

NodeOr Parser::Not() {
  std::vector<size_t> offsets;
  while (NowIsName("not")) offsets.push_back(tokens_[at_++].offset);
  GREGALE_ASSIGN_OR_RETURN(NodePtr value, Compare());
  for (; !offsets.empty(); offsets.pop_back()) {
    NodePtr node = MakeNode(NodeKind::kNot, offsets.back());
    node->items.push_back(std::move(value));
    GREGALE_ASSIGN_OR_RETURN(value, Finished(std::move(node)));
  }
  return value;
}

NodeOr Parser::Compare() {
  GREGALE_ASSIGN_OR_RETURN(NodePtr first, Sum());
  NodePtr node = MakeNode(NodeKind::kCompare, first->offset);
  while (true) {
    std::optional<Op> op;
    if (Now().kind == TokenKind::kSymbol) {
      for (const auto& [symbol, meaning] : kComparisons) {
        if (Now().text == symbol) op = meaning;
      }
    } else if (NowIsName("in")) {
      op = Op::kIn;
    } else if (NowIsName("not") && tokens_[at_ + 1].kind == TokenKind::kName &&
               tokens_[at_ + 1].text == "in") {
      ++at_;
      op = Op::kNotIn;
    }
    if (!op) break;
    ++at_;
    GREGALE_ASSIGN_OR_RETURN(NodePtr operand, Sum());
    node->ops.push_back(*op);
    node->items.push_back(std::move(operand));
  }
  if (node->ops.empty()) return first;
  node->items.insert(node->items.begin(), std::move(first));
  return Finished(std::move(node));
}

NodeOr Parser::Sum() {
  GREGALE_ASSIGN_OR_RETURN(NodePtr left, Concat());
  while (NowIsSymbol("+") || NowIsSymbol("-")) {
    const Op op = Now().text == "+" ? Op::kAdd : Op::kSubtract;
    const size_t offset = tokens_[at_++].offset;
    GREGALE_ASSIGN_OR_RETURN(NodePtr right, Concat());
    GREGALE_ASSIGN_OR_RETURN(
        left, Join(NodeKind::kBinary, op, offset, std::move(left), std::move(right)));
  }
  return left;
}

NodeOr Parser::Concat() {
  GREGALE_ASSIGN_OR_RETURN(NodePtr first, Product());
  if (!NowIsSymbol("~")) return first;
  NodePtr node = MakeNode(NodeKind::kConcat, Now().offset);
  node->items.push_back(std::move(first));
  while (TakeSymbol("~")) {
    GREGALE_ASSIGN_OR_RETURN(NodePtr item, Product());
    node->items.push_back(std::move(item));
  }
  return Finished(std::move(node));
}

NodeOr Parser::Product() {
  GREGALE_ASSIGN_OR_RETURN(NodePtr left, Power());
  while (true) {
    Op op = Op::kNone;
    if (NowIsSymbol("*")) op = Op::kMultiply;
    if (NowIsSymbol("/")) op = Op::kDivide;
    if (NowIsSymbol("//")) op = Op::kFloorDivide;
    if (NowIsSymbol("%")) op = Op::kModulo;
    if (op == Op::kNone) return left;
    const size_t offset = tokens_[at_++].offset;
    GREGALE_ASSIGN_OR_RETURN(NodePtr right, Power());
    GREGALE_ASSIGN_OR_RETURN(
        left, Join(NodeKind::kBinary, op, offset, std::move(left), std::move(right)));
  }
}

NodeOr Parser::Power() {
  GREGALE_ASSIGN_OR_RETURN(NodePtr left, Unary());
  while (NowIsSymbol("**")) {
    const size_t offset = tokens_[at_++].offset;
    GREGALE_ASSIGN_OR_RETURN(NodePtr right, Unary());
    GREGALE_ASSIGN_OR_RETURN(
        left, Join(NodeKind::kBinary, Op::kPower, offset, std::move(left), std::move(right)));
  }
  return left;
}

NodeOr Parser::Unary() {
  GREGALE_ASSIGN_OR_RETURN(NodePtr node, UnfilteredUnary());
  return Filters(std::move(node));
}

NodeOr Parser::UnfilteredUnary() {
  std::vector<std::pair<Op, size_t>> signs;
  while (NowIsSymbol("-") || NowIsSymbol("+")) {
    signs.emplace_back(Now().text == "-" ? Op::kMinus : Op::kPlus, Now().offset);
    ++at_;
  }
  GREGALE_ASSIGN_OR_RETURN(NodePtr value, Primary());
  GREGALE_ASSIGN_OR_RETURN(value, Postfix(std::move(value)));
  for (; !signs.empty(); signs.pop_back()) {
    NodePtr node = MakeNode(NodeKind::kUnary, signs.back().second);
    node->op = signs.back().first;
    node->items.push_back(std::move(value));
    GREGALE_ASSIGN_OR_RETURN(value, Finished(std::move(node)));
  }
  return value;
}

absl::StatusOr<Program> ParseExpression(std::string_view text) {
  if (text.size() > base::kExpressionTextBytesMax) {
    return absl::InvalidArgumentError("the expression is too long");
  }
  GREGALE_ASSIGN_OR_RETURN(std::vector<Token> tokens, LexExpression(text, 0));
  Program program{.constants = std::make_unique<Heap>(base::kExpressionHeapBytesMax),
                  .text = std::string(text)};
  Parser parser(std::move(tokens), *program.constants);
  GREGALE_ASSIGN_OR_RETURN(program.root, parser.Expression());
  GREGALE_RETURN_IF_ERROR(parser.ExpectEnd());
  return program;
}

}  // namespace gregale::workflow::expr::jinja
