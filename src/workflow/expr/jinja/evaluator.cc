#include "workflow/expr/jinja/evaluator.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "workflow/expr/jinja/operators.h"
#include "workflow/expr/python_text.h"
#include "workflow/expr/strings.h"

namespace gregale::workflow::expr::jinja {
namespace {

// A method with its value, or a global function (whose value is unset), before the call.
struct Callable : Object {
  const Function* function = nullptr;
  bool bound = false;
  Value self;
};

Value MakeCallable(const Function& function, const Value* self, Heap& heap) {
  auto* callable = heap.Make<Callable>();
  callable->function = &function;
  callable->bound = self != nullptr;
  if (self != nullptr) callable->self = *self;
  return Value::Of(Type::kCallable, callable);
}

}  // namespace

absl::Status CheckDefined(const Value& value) {
  if (!value.Is(Type::kUndefined)) return absl::OkStatus();
  return absl::InvalidArgumentError(static_cast<const StringObject*>(value.object())->text);
}

Value Evaluator::Undefined(std::string message) {
  return Value::Of(Type::kUndefined, heap().Make<StringObject>(std::move(message)));
}

absl::StatusOr<Value> Evaluator::Run(const Program& program) {
  GREGALE_ASSIGN_OR_RETURN(const Value value, Evaluate(*program.root));
  GREGALE_RETURN_IF_ERROR(CheckDefined(value));
  GREGALE_RETURN_IF_ERROR(evaluation_.Step());
  return value;
}

absl::StatusOr<std::string> Evaluator::TextOf(const Value& value) {
  GREGALE_RETURN_IF_ERROR(CheckDefined(value));
  GREGALE_RETURN_IF_ERROR(evaluation_.Step(static_cast<int64_t>(ExtentOf(value).nodes)));
  return Str(value);
}

absl::StatusOr<Value> Evaluator::Evaluate(const Node& node) {
  const Evaluation::Level level(evaluation_);
  GREGALE_RETURN_IF_ERROR(level.status());
  GREGALE_RETURN_IF_ERROR(evaluation_.Step());
  switch (node.kind) {
    case NodeKind::kLiteral:
      return node.literal;
    case NodeKind::kVariable:
      return Lookup(node);
    case NodeKind::kList:
    case NodeKind::kTuple:
      return EvaluateList(node);
    case NodeKind::kDict:
      return EvaluateDict(node);
    case NodeKind::kConditional:
      return EvaluateConditional(node);
    case NodeKind::kCompare:
      return EvaluateCompare(node);
    case NodeKind::kConcat:
      return EvaluateConcat(node);
    case NodeKind::kIndex:
      return EvaluateIndex(node);
    case NodeKind::kCall:
      return EvaluateCall(node);
    case NodeKind::kFilter:
      return EvaluateFilter(node);
    case NodeKind::kTest:
      return EvaluateTest(node);
    case NodeKind::kMember: {
      GREGALE_ASSIGN_OR_RETURN(const Value object, Evaluate(*node.items[0]));
      return Attribute(object, node.text);
    }
    case NodeKind::kUnary: {
      GREGALE_ASSIGN_OR_RETURN(const Value operand, Evaluate(*node.items[0]));
      return UnaryOperator(node.op, operand, evaluation_);
    }
    case NodeKind::kBinary: {
      GREGALE_ASSIGN_OR_RETURN(const Value left, Evaluate(*node.items[0]));
      GREGALE_ASSIGN_OR_RETURN(const Value right, Evaluate(*node.items[1]));
      return BinaryOperator(node.op, left, right, evaluation_);
    }
    case NodeKind::kNot: {
      GREGALE_ASSIGN_OR_RETURN(const bool holds, Condition(*node.items[0]));
      return Value::Bool(!holds);
    }
    case NodeKind::kAnd:
    case NodeKind::kOr: {
      GREGALE_ASSIGN_OR_RETURN(const Value left, Evaluate(*node.items[0]));
      GREGALE_RETURN_IF_ERROR(CheckDefined(left));
      if (Truthy(left) == (node.kind == NodeKind::kOr)) return left;
      return Evaluate(*node.items[1]);
    }
    default:
      return absl::InternalError("not a node of Jinja");
  }
}

absl::StatusOr<bool> Evaluator::Condition(const Node& node) {
  GREGALE_ASSIGN_OR_RETURN(const Value value, Evaluate(node));
  GREGALE_RETURN_IF_ERROR(CheckDefined(value));
  return Truthy(value);
}

absl::StatusOr<Value> Evaluator::Lookup(const Node& node) {
  for (auto entry = variables_.rbegin(); entry != variables_.rend(); ++entry) {
    if (entry->first == node.text) return entry->second;
  }
  if (node.text == "_") return data_;
  if (const Function* function = FindGlobal(node.text)) {
    return MakeCallable(*function, nullptr, heap());
  }
  for (std::string_view name : {"__env", "__execution", "__task_execution"}) {
    if (node.text != name || !data_.Is(Type::kDict)) continue;
    const Value* value = data_.dict().Find(name);
    return value != nullptr ? *value : Value();
  }
  return Undefined(base::Cat("'", node.text, "' is undefined"));
}

absl::StatusOr<Value> Evaluator::EvaluateList(const Node& node) {
  std::vector<Value> items;
  for (const NodePtr& item : node.items) {
    GREGALE_ASSIGN_OR_RETURN(const Value value, Evaluate(*item));
    items.push_back(value);
  }
  const bool tuple = node.kind == NodeKind::kTuple;
  return heap().List(std::move(items), tuple ? ListKind::kTuple : ListKind::kList);
}

absl::StatusOr<Value> Evaluator::EvaluateDict(const Node& node) {
  Dict dict;
  for (const NamedNode& pair : node.pairs) {
    GREGALE_ASSIGN_OR_RETURN(const Value key, Evaluate(*pair.key));
    GREGALE_RETURN_IF_ERROR(CheckDefined(key));
    const bool list = key.Is(Type::kList) && key.list_kind() == ListKind::kList;
    if (list || key.Is(Type::kDict) || key.Is(Type::kSet)) {
      return absl::InvalidArgumentError(base::Cat("unhashable type: '", TypeName(key), "'"));
    }
    GREGALE_ASSIGN_OR_RETURN(const Value value, Evaluate(*pair.value));
    dict.Set(key, value);
  }
  return heap().NewDict(std::move(dict));
}

absl::StatusOr<Value> Evaluator::EvaluateConditional(const Node& node) {
  GREGALE_ASSIGN_OR_RETURN(const bool holds, Condition(*node.items[1]));
  if (holds) return Evaluate(*node.items[0]);
  if (node.items[2] != nullptr) return Evaluate(*node.items[2]);
  return Undefined("the inline if-expression evaluated to false and no else section was defined.");
}

absl::StatusOr<Value> Evaluator::EvaluateCompare(const Node& node) {
  GREGALE_ASSIGN_OR_RETURN(Value left, Evaluate(*node.items[0]));
  for (size_t i = 0; i < node.ops.size(); ++i) {
    GREGALE_ASSIGN_OR_RETURN(const Value right, Evaluate(*node.items[i + 1]));
    GREGALE_ASSIGN_OR_RETURN(const bool holds,
                             CompareOperator(node.ops[i], left, right, evaluation_));
    if (!holds) return Value::Bool(false);
    left = right;
  }
  return Value::Bool(true);
}

absl::StatusOr<Value> Evaluator::EvaluateConcat(const Node& node) {
  std::string out;
  for (const NodePtr& item : node.items) {
    GREGALE_ASSIGN_OR_RETURN(const Value value, Evaluate(*item));
    GREGALE_ASSIGN_OR_RETURN(const std::string text, TextOf(value));
    out += text;
    if (out.size() > base::kExpressionStringBytesMax) {
      return absl::ResourceExhaustedError("the text is too long");
    }
  }
  return heap().String(std::move(out));
}

absl::StatusOr<Value> Evaluator::EvaluateIndex(const Node& node) {
  GREGALE_ASSIGN_OR_RETURN(const Value object, Evaluate(*node.items[0]));
  if (node.items[1]->kind == NodeKind::kSlice) return Slice(object, *node.items[1]);
  GREGALE_ASSIGN_OR_RETURN(const Value key, Evaluate(*node.items[1]));
  return Item(object, key);
}

absl::Status Evaluator::Arguments(const Node& node, std::vector<Value>& positional, Names& named) {
  for (size_t i = 1; i < node.items.size(); ++i) {
    GREGALE_ASSIGN_OR_RETURN(const Value value, Evaluate(*node.items[i]));
    positional.push_back(value);
  }
  for (const NamedNode& pair : node.pairs) {
    GREGALE_ASSIGN_OR_RETURN(const Value value, Evaluate(*pair.value));
    named.emplace_back(pair.key->literal.string(), value);
  }
  return absl::OkStatus();
}

absl::StatusOr<Value> Evaluator::EvaluateCall(const Node& node) {
  GREGALE_ASSIGN_OR_RETURN(const Value callee, Evaluate(*node.items[0]));
  GREGALE_RETURN_IF_ERROR(CheckDefined(callee));
  if (!callee.Is(Type::kCallable)) {
    return absl::InvalidArgumentError(base::Cat("'", TypeName(callee), "' object is not callable"));
  }
  const auto& callable = *static_cast<const Callable*>(callee.object());
  std::vector<Value> positional;
  if (callable.bound) positional.push_back(callable.self);
  Names named;
  GREGALE_RETURN_IF_ERROR(Arguments(node, positional, named));
  return Invoke(*this, *callable.function, positional, named);
}

absl::StatusOr<Value> Evaluator::EvaluateFilter(const Node& node) {
  GREGALE_ASSIGN_OR_RETURN(const Value subject, Evaluate(*node.items[0]));
  std::vector<Value> positional = {subject};
  Names named;
  GREGALE_RETURN_IF_ERROR(Arguments(node, positional, named));
  return CallFilter(node.text, positional, named);
}

absl::StatusOr<Value> Evaluator::CallFilter(std::string_view name, std::span<const Value> arguments,
                                            std::span<const std::pair<std::string, Value>> named) {
  const Function* filter = FindFilter(name);
  if (filter == nullptr) {
    return absl::InvalidArgumentError(base::Cat("No filter named '", name, "'."));
  }
  if (name != "default" && name != "d") {
    for (const Value& argument : arguments) GREGALE_RETURN_IF_ERROR(CheckDefined(argument));
  }
  return Invoke(*this, *filter, arguments, named);
}

absl::StatusOr<bool> Evaluator::CallTest(std::string_view name, std::span<const Value> arguments) {
  const Function* test = FindTest(name);
  if (test == nullptr) {
    return absl::InvalidArgumentError(base::Cat("No test named '", name, "'."));
  }
  if (name != "defined" && name != "undefined") {
    for (const Value& argument : arguments) GREGALE_RETURN_IF_ERROR(CheckDefined(argument));
  }
  GREGALE_ASSIGN_OR_RETURN(const Value verdict, Invoke(*this, *test, arguments, {}));
  return Truthy(verdict);
}

absl::StatusOr<Value> Evaluator::EvaluateTest(const Node& node) {
  GREGALE_ASSIGN_OR_RETURN(const Value subject, Evaluate(*node.items[0]));
  std::vector<Value> positional = {subject};
  Names named;
  GREGALE_RETURN_IF_ERROR(Arguments(node, positional, named));
  for (const auto& [name, value] : named) positional.push_back(value);
  GREGALE_ASSIGN_OR_RETURN(const bool verdict, CallTest(node.text, positional));
  return Value::Bool(verdict);
}

absl::StatusOr<Value> Evaluator::Attribute(const Value& object, std::string_view name) {
  GREGALE_RETURN_IF_ERROR(CheckDefined(object));
  if (const Function* method = FindMethod(object.type(), name)) {
    return MakeCallable(*method, &object, heap());
  }
  if (object.Is(Type::kDict)) {
    if (const Value* found = object.dict().Find(name)) return *found;
  }
  return Undefined(base::Cat("'", TypeName(object), " object' has no attribute '", name, "'"));
}

absl::StatusOr<Value> Evaluator::Item(const Value& object, const Value& key) {
  GREGALE_RETURN_IF_ERROR(CheckDefined(object));
  GREGALE_RETURN_IF_ERROR(CheckDefined(key));
  if (object.Is(Type::kDict) && Hashable(key)) {
    if (const Value* found = object.dict().Find(key)) return *found;
  }
  const bool indexed = object.Is(Type::kList) || object.Is(Type::kString);
  if (indexed && (key.Is(Type::kInt) || key.Is(Type::kBool))) {
    GREGALE_ASSIGN_OR_RETURN(const std::vector<Value> items, ReadAll(evaluation_, object));
    const auto size = static_cast<int64_t>(items.size());
    int64_t at = key.Is(Type::kBool) ? (key.bool_value() ? 1 : 0) : key.int_value();
    if (at < 0) at += size;
    if (at >= 0 && at < size) return items[static_cast<size_t>(at)];
  }
  if (key.Is(Type::kString)) {
    if (const Function* method = FindMethod(object.type(), key.string())) {
      return MakeCallable(*method, &object, heap());
    }
    return Undefined(
        base::Cat("'", TypeName(object), " object' has no attribute '", key.string(), "'"));
  }
  return Undefined(base::Cat(TypeName(object), " object has no element ", Repr(key)));
}

absl::StatusOr<Value> Evaluator::AttributePath(const Value& object, const Value& path) {
  if (!path.Is(Type::kString)) return Item(object, path);
  Value value = object;
  for (std::string_view part : base::Split(path.string(), '.')) {
    const bool number = !part.empty() && part.find_first_not_of("0123456789") == part.npos;
    int64_t index = 0;
    if (number && part.size() < 10) {
      for (char c : part) index = index * 10 + (c - '0');
      GREGALE_ASSIGN_OR_RETURN(value, Item(value, Value::Int(index)));
    } else {
      GREGALE_ASSIGN_OR_RETURN(value, Item(value, heap().String(std::string(part))));
    }
  }
  return value;
}

absl::StatusOr<Value> Evaluator::Slice(const Value& object, const Node& slice) {
  GREGALE_RETURN_IF_ERROR(CheckDefined(object));
  if (!object.Is(Type::kList) && !object.Is(Type::kString)) {
    return absl::InvalidArgumentError(base::Cat("a ", TypeName(object), " has no slices"));
  }
  std::optional<int64_t> parts[3];
  for (size_t i = 0; i < 3; ++i) {
    if (slice.items[i] == nullptr) continue;
    GREGALE_ASSIGN_OR_RETURN(const Value part, Evaluate(*slice.items[i]));
    if (part.is_null()) continue;
    if (!part.Is(Type::kInt)) {
      return absl::InvalidArgumentError("slice indices must be integers or None");
    }
    parts[i] = part.int_value();
  }
  GREGALE_ASSIGN_OR_RETURN(const std::vector<Value> items, ReadAll(evaluation_, object));
  const auto size = static_cast<int64_t>(items.size());
  const int64_t step = parts[2].value_or(1);
  if (step == 0) return absl::InvalidArgumentError("slice step cannot be zero");
  const int64_t low = step > 0 ? 0 : -1;
  const auto place = [&](const std::optional<int64_t>& part, int64_t fallback) {
    if (!part) return fallback;
    return std::clamp<int64_t>(*part < 0 ? *part + size : *part, low, size + low);
  };
  const int64_t start = place(parts[0], step > 0 ? 0 : size - 1);
  const int64_t stop = place(parts[1], step > 0 ? size : -1);
  std::vector<Value> chosen;
  for (int64_t i = start; step > 0 ? i < stop : i > stop; i += step) {
    chosen.push_back(items[static_cast<size_t>(i)]);
    if (step > size || step < -size) break;
  }
  if (object.Is(Type::kList)) return heap().List(std::move(chosen), object.list_kind());
  std::string text;
  for (const Value& character : chosen) text += character.string();
  return heap().String(std::move(text));
}

}  // namespace gregale::workflow::expr::jinja
