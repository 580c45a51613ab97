#include "workflow/expr/yaql/evaluator.h"

#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "workflow/expr/bigint.h"
#include "workflow/expr/python_text.h"
#include "workflow/expr/yaql/operators.h"

namespace gregale::workflow::expr::yaql {
namespace {

absl::Status NoMatch(std::string_view what, std::string_view name) {
  return absl::InvalidArgumentError(
      base::Cat("No ", what, " \"", name, "\" matches supplied arguments"));
}

// A property of every item of a sequence.
class PropertySequence : public Sequence {
 public:
  PropertySequence(Evaluator& evaluator, const Value& items, const Value& name)
      : evaluator_(evaluator), reader_(evaluator.evaluation(), items), name_(name) {}

  absl::StatusOr<bool> Next(Evaluation&, Value& item) override {
    Value whole;
    GREGALE_ASSIGN_OR_RETURN(const bool more, reader_.Next(whole));
    if (!more) return false;
    GREGALE_ASSIGN_OR_RETURN(item, evaluator_.Property(whole, name_));
    return true;
  }

 private:
  Evaluator& evaluator_;
  Reader reader_;
  const Value name_;
};

// Where `[` and a number ask for an item; below zero from the end.
absl::StatusOr<Value> ItemOfList(const Value& list, const Value& index) {
  const auto size = static_cast<int64_t>(list.items().size());
  int64_t at = index.Is(Type::kBool) ? (index.bool_value() ? 1 : 0) : size;
  if (index.Is(Type::kInt)) at = index.int_value();
  if (at < 0) at += size;
  if (at < 0 || at >= size) return absl::OutOfRangeError("tuple index out of range");
  return list.items()[static_cast<size_t>(at)];
}

}  // namespace

absl::StatusOr<Value> Evaluator::Run(const Program& program, const Value& data) {
  data_ = data;
  Scope* scope = NewScope(nullptr);
  scope->Set("", data);
  GREGALE_ASSIGN_OR_RETURN(const Value value, Evaluate(*program.root, scope));
  GREGALE_ASSIGN_OR_RETURN(const Value plain, Materialize(evaluation_, value));
  GREGALE_RETURN_IF_ERROR(evaluation_.Step());
  return plain;
}

absl::StatusOr<Value> Evaluator::Evaluate(const Node& node, Scope* scope) {
  const Evaluation::Level level(evaluation_);
  GREGALE_RETURN_IF_ERROR(level.status());
  GREGALE_RETURN_IF_ERROR(evaluation_.Step());
  switch (node.kind) {
    case NodeKind::kLiteral:
    case NodeKind::kKeyword:
      return node.literal;
    case NodeKind::kVariable:
      return scope->Find(std::string_view(node.text).substr(1));
    case NodeKind::kList:
      return EvaluateList(node, scope);
    case NodeKind::kDict:
      return EvaluateDict(node, scope);
    case NodeKind::kIndex:
      return EvaluateIndex(node, scope);
    case NodeKind::kCall:
      return EvaluateCall(node, nullptr, scope);
    case NodeKind::kMember:
      return EvaluateMember(node, scope);
    case NodeKind::kBinary:
      return EvaluateBinary(node, scope);
    case NodeKind::kUnary: {
      GREGALE_ASSIGN_OR_RETURN(const Value operand, Evaluate(*node.items[0], scope));
      return UnaryOperator(node.op, operand, evaluation_);
    }
    case NodeKind::kNot: {
      GREGALE_ASSIGN_OR_RETURN(const Value operand, Evaluate(*node.items[0], scope));
      return Value::Bool(!Truthy(operand));
    }
    case NodeKind::kAnd:
    case NodeKind::kOr: {
      GREGALE_ASSIGN_OR_RETURN(const Value left, Evaluate(*node.items[0], scope));
      if (Truthy(left) == (node.kind == NodeKind::kOr)) return left;
      return Evaluate(*node.items[1], scope);
    }
    default:
      return absl::InternalError("not a node of YAQL");
  }
}

absl::StatusOr<Value> Evaluator::EvaluateList(const Node& node, Scope* scope) {
  if (!node.pairs.empty()) return NoMatch("function", "#list");
  std::vector<Value> items;
  for (const NodePtr& item : node.items) {
    if (item == nullptr) return NoMatch("function", "#list");
    GREGALE_ASSIGN_OR_RETURN(Value value, Evaluate(*item, scope));
    items.push_back(value);
  }
  return heap().List(std::move(items), ListKind::kTuple);
}

absl::StatusOr<Value> Evaluator::EvaluateDict(const Node& node, Scope* scope) {
  if (!node.items.empty()) return NoMatch("function", "#map");
  Dict dict;
  for (const NamedNode& pair : node.pairs) {
    GREGALE_ASSIGN_OR_RETURN(const Value key, Evaluate(*pair.key, scope));
    GREGALE_RETURN_IF_ERROR(CheckHashable(key));
    GREGALE_ASSIGN_OR_RETURN(const Value value, Evaluate(*pair.value, scope));
    dict.Set(key, value);
  }
  return heap().NewDict(std::move(dict));
}

absl::StatusOr<Value> Evaluator::EvaluateIndex(const Node& node, Scope* scope) {
  GREGALE_ASSIGN_OR_RETURN(const Value object, Evaluate(*node.items[0], scope));
  std::vector<Value> keys;
  for (size_t i = 1; i < node.items.size(); ++i) {
    if (node.items[i] == nullptr) return NoMatch("function", "#indexer");
    GREGALE_ASSIGN_OR_RETURN(Value key, Evaluate(*node.items[i], scope));
    keys.push_back(key);
  }
  const bool one = keys.size() == 1 && node.pairs.empty();
  if (object.Is(Type::kDict) && (one || (keys.size() == 2 && node.pairs.empty()))) {
    GREGALE_RETURN_IF_ERROR(CheckHashable(keys[0]));
    if (const Value* found = object.dict().Find(keys[0])) return *found;
    if (one) return absl::NotFoundError(Repr(keys[0]));
    return keys[1];
  }
  if (object.Is(Type::kList) && one && (keys[0].is_integer() || keys[0].Is(Type::kBool))) {
    return ItemOfList(object, keys[0]);
  }
  return NoMatch("function", "#indexer");
}

absl::StatusOr<Value> Evaluator::EvaluateBinary(const Node& node, Scope* scope) {
  GREGALE_ASSIGN_OR_RETURN(const Value left, Evaluate(*node.items[0], scope));
  if (node.op == Op::kArrow) {
    if (!left.Is(Type::kContext)) return NoMatch("function", "#operator_->");
    return Evaluate(*node.items[1], static_cast<Scope*>(left.object()));
  }
  GREGALE_ASSIGN_OR_RETURN(const Value right, Evaluate(*node.items[1], scope));
  return BinaryOperator(node.op, left, right, evaluation_);
}

absl::StatusOr<Value> Evaluator::EvaluateMember(const Node& node, Scope* scope) {
  GREGALE_ASSIGN_OR_RETURN(const Value object, Evaluate(*node.items[0], scope));
  if (node.op == Op::kElvisMember && object.is_null()) return Value();
  const Node& member = *node.items[1];
  if (member.kind == NodeKind::kCall) return EvaluateCall(member, &object, scope);
  if (member.kind == NodeKind::kKeyword) return Property(object, member.literal);
  return NoMatch("function", "#operator_.");
}

absl::StatusOr<Value> Evaluator::Property(const Value& object, const Value& name) {
  const Evaluation::Level level(evaluation_);
  GREGALE_RETURN_IF_ERROR(level.status());
  if (object.Is(Type::kDict)) {
    if (const Value* found = object.dict().Find(name)) return *found;
    return absl::NotFoundError(ReprText(name.string()));
  }
  if (object.Is(Type::kList) || object.Is(Type::kSet) || object.Is(Type::kSequence)) {
    return Value::Of(Type::kSequence, heap().Make<PropertySequence>(*this, object, name));
  }
  Actuals actuals;
  actuals.positional.push_back({.given = true, .evaluated = true, .value = object});
  return CallOverload(base::Cat("#property#", name.string()), std::move(actuals), nullptr);
}

absl::StatusOr<Value> Evaluator::EvaluateCall(const Node& node, const Value* receiver,
                                              Scope* scope) {
  if (receiver == nullptr) {
    if (const Lambda* defined = scope->FindFunction(node.text)) {
      return CallDefined(*defined, node, scope);
    }
  }
  Actuals actuals;
  if (receiver != nullptr) {
    actuals.has_receiver = true;
    actuals.positional.push_back({.given = true, .evaluated = true, .value = *receiver});
  }
  for (const NodePtr& item : node.items) {
    actuals.positional.push_back({.node = item.get(), .given = item != nullptr});
  }
  for (const NamedNode& pair : node.pairs) {
    actuals.named.push_back({pair.key.get(), {.node = pair.value.get(), .given = true}});
  }
  return CallOverload(node.text, std::move(actuals), scope);
}

absl::StatusOr<Value> Evaluator::CallDefined(const Lambda& function, const Node& node,
                                             Scope* scope) {
  Scope* inner = NewScope(function.scope);
  size_t place = 1;
  for (const NodePtr& item : node.items) {
    Value value;
    if (item != nullptr) {
      GREGALE_ASSIGN_OR_RETURN(value, Evaluate(*item, scope));
    }
    inner->Set(base::Cat(place++), value);
  }
  for (const NamedNode& pair : node.pairs) {
    if (pair.key->kind != NodeKind::kKeyword) return NoMatch("function", node.text);
    GREGALE_ASSIGN_OR_RETURN(const Value value, Evaluate(*pair.value, scope));
    inner->Set(pair.key->literal.string(), value);
  }
  return ApplyIn(function, inner);
}

absl::StatusOr<Value> Evaluator::CallByName(std::string_view name, std::span<const Value> values,
                                            const Dict& named, Scope* scope) {
  const Evaluation::Level level(evaluation_);
  GREGALE_RETURN_IF_ERROR(level.status());
  Actuals actuals;
  for (const Value& value : values) {
    actuals.positional.push_back({.given = true, .evaluated = true, .value = value});
  }
  std::vector<Node> keys(named.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    keys[i].kind = NodeKind::kKeyword;
    keys[i].literal = named.entries()[i].first;
    if (!keys[i].literal.Is(Type::kString)) return NoMatch("function", name);
    actuals.named.push_back(
        {&keys[i], {.given = true, .evaluated = true, .value = named.entries()[i].second}});
  }
  return CallOverload(name, std::move(actuals), scope);
}

absl::StatusOr<Value> Evaluator::CallOverload(std::string_view name, Actuals actuals,
                                              Scope* scope) {
  const std::string_view what = actuals.has_receiver ? "method" : "function";
  bool known = false;
  for (const Function& function : FindFunctions(name)) {
    if (actuals.has_receiver ? !function.is_method : !function.is_function) continue;
    known = true;
    Call call(*this, scope);
    GREGALE_ASSIGN_OR_RETURN(const bool bound, Bind(function, actuals, call));
    if (bound) return function.native(call);
  }
  if (known) return NoMatch(what, name);
  if (!actuals.has_receiver) {
    return absl::InvalidArgumentError(base::Cat("Unknown function \"", name, "\""));
  }
  return absl::InvalidArgumentError(
      base::Cat("Unknown method \"", name, "\" for receiver ", Repr(actuals.positional[0].value)));
}

absl::StatusOr<bool> Evaluator::BindOne(const Parameter& parameter, Actual& actual, Scope* scope,
                                        Argument& argument) {
  argument.given = true;
  if (parameter.kind == Kind::kLambda) {
    argument.lambda = {
        .body = actual.node, .scope = scope, .constant = actual.value, .given = true};
    return true;
  }
  if (!actual.evaluated) {
    GREGALE_ASSIGN_OR_RETURN(actual.value, Evaluate(*actual.node, scope));
    actual.evaluated = true;
  }
  argument.value = actual.value;
  return Accepts(parameter, actual.value);
}

// Chooses by position or name what goes to each single parameter, without evaluating anything.
// False where the shape of the call does not fit.
bool Evaluator::Choose(const Function& function, Actuals& actuals, std::vector<Actual*>& chosen) {
  size_t next = 0;
  for (const Parameter& parameter : function.parameters) {
    if (parameter.role != Parameter::Role::kOne) continue;
    Actual* actual = nullptr;
    if (next < actuals.positional.size()) {
      if (actuals.positional[next].given) actual = &actuals.positional[next];
      ++next;
    }
    for (auto& [key, named] : actuals.named) {
      if (key->kind != NodeKind::kKeyword || key->literal.string() != parameter.name) continue;
      if (actual != nullptr) return false;
      actual = &named;
      named.used = true;
    }
    if (actual == nullptr && !parameter.optional) return false;
    chosen.push_back(actual);
  }
  return true;
}

absl::StatusOr<bool> Evaluator::Bind(const Function& function, Actuals& actuals, Call& call) {
  for (auto& [key, actual] : actuals.named) actual.used = false;
  std::vector<Actual*> chosen;
  if (!Choose(function, actuals, chosen)) return false;
  size_t single = 0;
  for (const Parameter& parameter : function.parameters) {
    if (parameter.role != Parameter::Role::kOne) {
      GREGALE_ASSIGN_OR_RETURN(const bool fits, BindMany(parameter, chosen.size(), actuals, call));
      if (!fits) return false;
      continue;
    }
    Actual* actual = chosen[single++];
    Argument& argument = call.arguments.emplace_back();
    if (actual == nullptr) {
      if (parameter.fallback) argument.value = *parameter.fallback;
      continue;
    }
    GREGALE_ASSIGN_OR_RETURN(const bool fits, BindOne(parameter, *actual, call.scope, argument));
    if (!fits) return false;
  }
  for (const auto& [key, actual] : actuals.named) {
    if (!actual.used) return false;
  }
  return call.rest.size() + chosen.size() >= actuals.positional.size();
}

absl::StatusOr<bool> Evaluator::BindMany(const Parameter& parameter, size_t first, Actuals& actuals,
                                         Call& call) {
  if (parameter.role == Parameter::Role::kRest) {
    for (size_t i = first; i < actuals.positional.size(); ++i) {
      if (!actuals.positional[i].given) return false;
      Argument& argument = call.rest.emplace_back();
      GREGALE_ASSIGN_OR_RETURN(const bool fits,
                               BindOne(parameter, actuals.positional[i], call.scope, argument));
      if (!fits) return false;
    }
    return true;
  }
  for (auto& [key, actual] : actuals.named) {
    if (actual.used) continue;
    actual.used = true;
    if (parameter.role == Parameter::Role::kRules) {
      call.rules.push_back(
          {{.body = key, .scope = call.scope, .given = true},
           {.body = actual.node, .scope = call.scope, .constant = actual.value, .given = true}});
      continue;
    }
    if (key->kind != NodeKind::kKeyword) return false;
    Argument argument;
    GREGALE_ASSIGN_OR_RETURN(const bool fits, BindOne(parameter, actual, call.scope, argument));
    if (!fits) return false;
    call.named.emplace_back(key->literal.string(), argument);
  }
  return true;
}

absl::StatusOr<Value> Evaluator::Apply(const Lambda& lambda, std::span<const Value> values) {
  if (lambda.body == nullptr) return lambda.constant;
  Scope* scope = NewScope(lambda.scope);
  for (size_t i = 0; i < values.size(); ++i) scope->Set(base::Cat(i + 1), values[i]);
  return ApplyIn(lambda, scope);
}

absl::StatusOr<Value> Evaluator::ApplyIn(const Lambda& lambda, Scope* scope) {
  if (lambda.body == nullptr) return lambda.constant;
  return Evaluate(*lambda.body, scope);
}

}  // namespace gregale::workflow::expr::yaql
