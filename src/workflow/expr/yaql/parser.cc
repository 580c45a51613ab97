#include "workflow/expr/yaql/parser.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "workflow/expr/bigint.h"
#include "workflow/expr/unicode.h"
#include "workflow/expr/yaql/lexer.h"

namespace gregale::workflow::expr {
namespace {

struct BinaryOperator {
  std::string_view symbol;
  NodeKind kind;
  Op op;
  int power;  // how tightly it binds
  bool right_associative = false;
};

constexpr int kIndexPower = 18;
constexpr int kSignPower = 16;
constexpr int kNotPower = 6;

constexpr std::array<BinaryOperator, 20> kBinaryOperators = {{
    {".", NodeKind::kMember, Op::kMember, 20},      {"?.", NodeKind::kMember, Op::kElvisMember, 20},
    {"=~", NodeKind::kBinary, Op::kMatches, 14},    {"!~", NodeKind::kBinary, Op::kNotMatches, 14},
    {"*", NodeKind::kBinary, Op::kMultiply, 12},    {"/", NodeKind::kBinary, Op::kDivide, 12},
    {"mod", NodeKind::kBinary, Op::kModulo, 12},    {"+", NodeKind::kBinary, Op::kAdd, 10},
    {"-", NodeKind::kBinary, Op::kSubtract, 10},    {">", NodeKind::kBinary, Op::kGreater, 8},
    {"<", NodeKind::kBinary, Op::kLess, 8},         {">=", NodeKind::kBinary, Op::kGreaterEqual, 8},
    {"<=", NodeKind::kBinary, Op::kLessEqual, 8},   {"!=", NodeKind::kBinary, Op::kNotEqual, 8},
    {"=", NodeKind::kBinary, Op::kEqual, 8},        {"in", NodeKind::kBinary, Op::kIn, 8},
    {"and", NodeKind::kAnd, Op::kNone, 4},          {"or", NodeKind::kOr, Op::kNone, 2},
    {"->", NodeKind::kBinary, Op::kArrow, 1, true},
}};

// A node and how deep the tree below it is, so that no tree grows beyond the bound.
struct Parsed {
  NodePtr node;
  int depth = 1;
};

class Parser {
 public:
  Parser(std::string_view text, std::vector<YaqlToken> tokens, Heap& constants)
      : text_(text), tokens_(std::move(tokens)), constants_(constants) {}

  absl::StatusOr<NodePtr> Run() {
    GREGALE_ASSIGN_OR_RETURN(Parsed parsed, Expression(0));
    if (Now().kind != YaqlTokenKind::kEnd) return Unexpected();
    return std::move(parsed.node);
  }

 private:
  const YaqlToken& Now() const { return tokens_[at_]; }
  bool NowIs(YaqlTokenKind kind, std::string_view text) const {
    return Now().kind == kind && Now().text == text;
  }
  bool NowIsPunct(std::string_view text) const { return NowIs(YaqlTokenKind::kPunct, text); }
  bool Take(std::string_view punct) {
    if (!NowIsPunct(punct)) return false;
    ++at_;
    return true;
  }

  absl::Status Unexpected() const {
    if (Now().kind == YaqlTokenKind::kEnd) {
      return absl::InvalidArgumentError("Parse error: unexpected end of statement");
    }
    return absl::InvalidArgumentError(
        base::Cat("Parse error: unexpected '", Now().text, "' at position ",
                  CodePoints(text_.substr(0, Now().offset)), " of expression '", text_, "'"));
  }

  absl::StatusOr<Parsed> Make(Node node, int depth) const {
    if (depth > base::kExpressionDepthMax) {
      return absl::InvalidArgumentError(
          base::Cat("Parse error: nested deeper than ", base::kExpressionDepthMax, " at position ",
                    CodePoints(text_.substr(0, node.offset)), " of the expression"));
    }
    return Parsed{std::make_unique<Node>(std::move(node)), depth};
  }

  // Reads an expression whose operators bind tighter than `power`.
  absl::StatusOr<Parsed> Expression(int power) {
    if (++nesting_ > base::kExpressionDepthMax) {
      return absl::InvalidArgumentError("Parse error: the expression is nested too deeply");
    }
    GREGALE_ASSIGN_OR_RETURN(Parsed left, Operand());
    while (true) {
      if (NowIsPunct("[") && kIndexPower > power) {
        GREGALE_ASSIGN_OR_RETURN(left, Index(std::move(left)));
        continue;
      }
      const BinaryOperator* op = OperatorNow();
      if (op == nullptr || op->power <= power) break;
      GREGALE_ASSIGN_OR_RETURN(left, Binary(std::move(left), *op));
    }
    --nesting_;
    return left;
  }

  const BinaryOperator* OperatorNow() const {
    if (Now().kind != YaqlTokenKind::kOperator) return nullptr;
    for (const BinaryOperator& op : kBinaryOperators) {
      if (op.symbol == Now().text) return &op;
    }
    return nullptr;
  }

  absl::StatusOr<Parsed> Binary(Parsed left, const BinaryOperator& op) {
    Node node{.kind = op.kind, .op = op.op, .offset = Now().offset, .text = Now().text};
    ++at_;
    GREGALE_ASSIGN_OR_RETURN(Parsed right,
                             Expression(op.right_associative ? op.power - 1 : op.power));
    const int depth = 1 + std::max(left.depth, right.depth);
    node.items.push_back(std::move(left.node));
    node.items.push_back(std::move(right.node));
    return Make(std::move(node), depth);
  }

  absl::StatusOr<Parsed> Index(Parsed left) {
    Node node{.kind = NodeKind::kIndex, .offset = Now().offset};
    ++at_;
    node.items.push_back(std::move(left.node));
    GREGALE_ASSIGN_OR_RETURN(int depth, Arguments("]", node));
    return Make(std::move(node), 1 + std::max(left.depth, depth));
  }

  absl::StatusOr<Parsed> Operand() {
    const YaqlToken& token = Now();
    switch (token.kind) {
      case YaqlTokenKind::kOperator:
        return Prefix();
      case YaqlTokenKind::kPunct:
        return Bracketed();
      case YaqlTokenKind::kEnd:
        return Unexpected();
      case YaqlTokenKind::kFunction: {
        Node node{.kind = NodeKind::kCall, .offset = token.offset, .text = token.text};
        ++at_;
        GREGALE_ASSIGN_OR_RETURN(int depth, Arguments(")", node));
        return Make(std::move(node), 1 + depth);
      }
      default:
        return Leaf();
    }
  }

  absl::StatusOr<Parsed> Prefix() {
    const YaqlToken& token = Now();
    Node node{.offset = token.offset, .text = token.text};
    int power = kSignPower;
    if (token.text == "not") {
      node.kind = NodeKind::kNot;
      power = kNotPower;
    } else if (token.text == "+" || token.text == "-") {
      node.kind = NodeKind::kUnary;
      node.op = token.text == "+" ? Op::kPlus : Op::kMinus;
    } else {
      return Unexpected();
    }
    ++at_;
    GREGALE_ASSIGN_OR_RETURN(Parsed operand, Expression(power));
    node.items.push_back(std::move(operand.node));
    return Make(std::move(node), 1 + operand.depth);
  }

  absl::StatusOr<Parsed> Bracketed() {
    Node node{.offset = Now().offset};
    if (Take("(")) {
      GREGALE_ASSIGN_OR_RETURN(Parsed inner, Expression(0));
      if (!Take(")")) return Unexpected();
      // Kept apart: what stands in parentheses is a value, also where a bare word would be a name.
      if (inner.node->kind == NodeKind::kKeyword) inner.node->kind = NodeKind::kLiteral;
      return inner;
    }
    if (Take("[")) {
      node.kind = NodeKind::kList;
      GREGALE_ASSIGN_OR_RETURN(int depth, Arguments("]", node));
      return Make(std::move(node), 1 + depth);
    }
    if (Take("{")) {
      node.kind = NodeKind::kDict;
      GREGALE_ASSIGN_OR_RETURN(int depth, Arguments("}", node));
      return Make(std::move(node), 1 + depth);
    }
    return Unexpected();
  }

  absl::StatusOr<Parsed> Leaf() {
    const YaqlToken& token = Now();
    Node node{.offset = token.offset};
    switch (token.kind) {
      case YaqlTokenKind::kVariable:
        node.kind = NodeKind::kVariable;
        node.text = token.text;
        break;
      case YaqlTokenKind::kWord:
        node.kind = NodeKind::kKeyword;
        node.literal = constants_.String(token.text);
        break;
      case YaqlTokenKind::kString:
        node.literal = constants_.String(token.text);
        break;
      case YaqlTokenKind::kInteger:
        node.literal = ParseInteger(token.text, constants_);
        break;
      case YaqlTokenKind::kFloat: {
        double value = 0;
        std::from_chars(token.text.data(), token.text.data() + token.text.size(), value);
        node.literal = Value::Float(value);
        break;
      }
      default:
        if (token.text != "null") node.literal = Value::Bool(token.text == "true");
        break;
    }
    ++at_;
    return Make(std::move(node), 1);
  }

  // Arguments up to `close`, into node.items and node.pairs: values, of which some may be left out,
  // then name => value pairs. Returns their depth. The last value must be there; one may be left
  // out before the pairs.
  absl::StatusOr<int> Arguments(std::string_view close, Node& node) {
    int depth = 0;
    if (Take(close)) return depth;
    const size_t first = node.items.size();
    while (true) {
      if (NowIsPunct(",")) {
        if (!node.pairs.empty()) return Unexpected();
        node.items.push_back(nullptr);
        ++at_;
        continue;
      }
      GREGALE_RETURN_IF_ERROR(Argument(first, node, depth));
      if (Take(close)) return depth;
      if (!NowIsPunct(",")) return Unexpected();
      ++at_;
    }
  }

  absl::Status Argument(size_t first, Node& node, int& depth) {
    const size_t start = at_;
    GREGALE_ASSIGN_OR_RETURN(Parsed value, Expression(0));
    depth = std::max(depth, value.depth);
    if (!Take("=>")) {
      if (!node.pairs.empty()) return Unexpected();
      node.items.push_back(std::move(value.node));
      return absl::OkStatus();
    }
    if (node.pairs.empty() && node.items.size() > first && node.items.back() == nullptr) {
      // "f(, a => 1)" and "f(1,,, a => 1)" are no calls.
      const size_t count = node.items.size() - first;
      if (count < 2 || node.items[node.items.size() - 2] == nullptr) {
        at_ = start;
        return Unexpected();
      }
    }
    GREGALE_ASSIGN_OR_RETURN(Parsed right, Expression(0));
    depth = std::max(depth, right.depth);
    node.pairs.push_back({std::move(value.node), std::move(right.node)});
    return absl::OkStatus();
  }

  const std::string_view text_;
  const std::vector<YaqlToken> tokens_;
  Heap& constants_;
  size_t at_ = 0;
  int nesting_ = 0;
};

}  // namespace

absl::StatusOr<Program> ParseYaql(std::string_view text) {
  if (text.size() > base::kExpressionTextBytesMax) {
    return absl::InvalidArgumentError(
        base::Cat("The expression is longer than ", base::kExpressionTextBytesMax, " bytes"));
  }
  GREGALE_ASSIGN_OR_RETURN(std::vector<YaqlToken> tokens, LexYaql(text));
  Program program{.constants = std::make_unique<Heap>(base::kExpressionHeapBytesMax),
                  .text = std::string(text)};
  Parser parser(program.text, std::move(tokens), *program.constants);
  GREGALE_ASSIGN_OR_RETURN(program.root, parser.Run());
  return program;
}

}  // namespace gregale::workflow::expr
