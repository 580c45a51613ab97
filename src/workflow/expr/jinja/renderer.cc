#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "workflow/expr/jinja/evaluator.h"

// The statements of templates.
namespace gregale::workflow::expr::jinja {

absl::StatusOr<std::string> Evaluator::Render(const Document& document) {
  std::string out;
  GREGALE_RETURN_IF_ERROR(RenderBody(document.body, out));
  GREGALE_RETURN_IF_ERROR(evaluation_.Step());
  return out;
}

absl::Status Evaluator::RenderBody(const Body& body, std::string& out) {
  const Evaluation::Level level(evaluation_);
  GREGALE_RETURN_IF_ERROR(level.status());
  for (const auto& statement : body) {
    GREGALE_RETURN_IF_ERROR(evaluation_.Step());
    GREGALE_RETURN_IF_ERROR(RenderStatement(*statement, out));
    if (out.size() > base::kExpressionStringBytesMax) {
      return absl::ResourceExhaustedError("the text is too long");
    }
  }
  return absl::OkStatus();
}

absl::Status Evaluator::RenderStatement(const Statement& statement, std::string& out) {
  const size_t outer = variables_.size();
  switch (statement.kind) {
    case Statement::Kind::kText:
      out += statement.text;
      return absl::OkStatus();
    case Statement::Kind::kOutput: {
      GREGALE_ASSIGN_OR_RETURN(const Value value, Evaluate(*statement.expression));
      GREGALE_ASSIGN_OR_RETURN(const std::string text, TextOf(value));
      out += text;
      return absl::OkStatus();
    }
    case Statement::Kind::kIf:
      for (const Statement::Branch& branch : statement.branches) {
        bool holds = true;
        if (branch.condition != nullptr) {
          GREGALE_ASSIGN_OR_RETURN(holds, Condition(*branch.condition));
        }
        if (holds) return RenderBody(branch.body, out);
      }
      return absl::OkStatus();
    case Statement::Kind::kFor:
      return RenderFor(statement, out);
    case Statement::Kind::kSet:
      return RenderSet(statement);
    case Statement::Kind::kWith: {
      Names values;
      for (const auto& [name, node] : statement.values) {
        GREGALE_ASSIGN_OR_RETURN(const Value value, Evaluate(*node));
        values.emplace_back(name, value);
      }
      variables_.insert(variables_.end(), values.begin(), values.end());
      GREGALE_RETURN_IF_ERROR(RenderBody(statement.body, out));
      variables_.resize(outer);
      return absl::OkStatus();
    }
    case Statement::Kind::kFilter: {
      std::string inside;
      GREGALE_RETURN_IF_ERROR(RenderBody(statement.body, inside));
      // The innermost operand of the filters is the variable without a name.
      variables_.emplace_back("", heap().String(std::move(inside)));
      GREGALE_ASSIGN_OR_RETURN(const Value value, Evaluate(*statement.expression));
      variables_.resize(outer);
      GREGALE_ASSIGN_OR_RETURN(const std::string text, TextOf(value));
      out += text;
      return absl::OkStatus();
    }
  }
  return absl::OkStatus();
}

absl::Status Evaluator::Assign(const std::vector<std::string>& targets, const Value& value) {
  if (targets.size() == 1) {
    variables_.emplace_back(targets[0], value);
    return absl::OkStatus();
  }
  GREGALE_ASSIGN_OR_RETURN(const std::vector<Value> parts, ReadAll(evaluation_, value));
  if (parts.size() != targets.size()) {
    return absl::InvalidArgumentError(
        base::Cat("cannot unpack ", parts.size(), " values into ", targets.size(), " names"));
  }
  for (size_t i = 0; i < parts.size(); ++i) variables_.emplace_back(targets[i], parts[i]);
  return absl::OkStatus();
}

absl::Status Evaluator::RenderSet(const Statement& statement) {
  if (statement.expression != nullptr) {
    GREGALE_ASSIGN_OR_RETURN(const Value value, Evaluate(*statement.expression));
    return Assign(statement.targets, value);
  }
  std::string inside;
  GREGALE_RETURN_IF_ERROR(RenderBody(statement.body, inside));
  return Assign(statement.targets, heap().String(std::move(inside)));
}

Value Evaluator::LoopVariable(const std::vector<Value>& items, size_t index, int64_t depth) {
  const auto size = static_cast<int64_t>(items.size());
  const auto at = static_cast<int64_t>(index);
  Dict loop;
  const auto set = [&](const char* name, const Value& value) {
    loop.Set(heap().String(name), value);
  };
  set("index", Value::Int(at + 1));
  set("index0", Value::Int(at));
  set("revindex", Value::Int(size - at));
  set("revindex0", Value::Int(size - at - 1));
  set("first", Value::Bool(index == 0));
  set("last", Value::Bool(at + 1 == size));
  set("length", Value::Int(size));
  set("depth", Value::Int(depth));
  set("depth0", Value::Int(depth - 1));
  set("previtem", index > 0 ? items[index - 1] : Undefined("there is no previous item"));
  set("nextitem", at + 1 < size ? items[index + 1] : Undefined("there is no next item"));
  return heap().NewDict(std::move(loop));
}

absl::Status Evaluator::RenderFor(const Statement& statement, std::string& out) {
  const size_t outer = variables_.size();
  GREGALE_ASSIGN_OR_RETURN(const Value sequence, Evaluate(*statement.expression));
  GREGALE_RETURN_IF_ERROR(CheckDefined(sequence));
  GREGALE_ASSIGN_OR_RETURN(const std::vector<Value> all, ReadAll(evaluation_, sequence));
  std::vector<Value> items;
  for (const Value& item : all) {
    bool holds = true;
    if (statement.condition != nullptr) {
      GREGALE_RETURN_IF_ERROR(Assign(statement.targets, item));
      GREGALE_ASSIGN_OR_RETURN(holds, Condition(*statement.condition));
      variables_.resize(outer);
    }
    if (holds) items.push_back(item);
  }
  if (items.empty()) return RenderBody(statement.otherwise, out);
  ++loops_;
  for (size_t i = 0; i < items.size(); ++i) {
    variables_.emplace_back("loop", LoopVariable(items, i, loops_));
    GREGALE_RETURN_IF_ERROR(Assign(statement.targets, items[i]));
    GREGALE_RETURN_IF_ERROR(RenderBody(statement.body, out));
    variables_.resize(outer);  // what the body set is gone
  }
  --loops_;
  return absl::OkStatus();
}

}  // namespace gregale::workflow::expr::jinja
