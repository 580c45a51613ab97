#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"
#include "base/error.h"
#include "base/text.h"
#include "workflow/expr/bigint.h"
#include "workflow/expr/jinja/evaluator.h"
#include "workflow/expr/jinja/function.h"
#include "workflow/expr/number.h"

namespace gregale::workflow::expr::jinja {
namespace {

std::optional<Value> AsInteger(const Value& value, int number_base, Heap& heap) {
  if (value.is_integer()) return value;
  if (value.Is(Type::kBool)) return Value::Int(value.bool_value() ? 1 : 0);
  double number = 0;
  if (value.Is(Type::kFloat)) {
    number = value.float_value();
  } else if (value.Is(Type::kString)) {
    std::string_view text = value.string();
    if (number_base == 16 && !base::TakePrefix(text, "0x")) base::TakePrefix(text, "0X");
    if (const auto integer = IntegerFromText(text, number_base, heap)) return integer;
    const std::optional<double> parsed = FloatFromText(value.string());
    if (!parsed) return std::nullopt;
    number = *parsed;
  } else {
    return std::nullopt;
  }
  if (!std::isfinite(number)) return std::nullopt;
  return IntegerValue(BigInt::FromDouble(number), heap);
}

absl::StatusOr<Value> ToInt(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const int64_t number_base, call.Int(2, 10));
  if (number_base < 2 || number_base > 36) {
    return absl::InvalidArgumentError("int: the base must be 2 to 36");
  }
  const std::optional<Value> integer =
      AsInteger(call[0], static_cast<int>(number_base), call.heap());
  if (integer) return *integer;
  return call.Has(1) ? call[1] : Value::Int(0);
}

absl::StatusOr<Value> ToFloat(Call& call) {
  if (IsNumeric(call[0])) return Value::Float(ToDouble(call[0]));
  if (call[0].Is(Type::kString)) {
    if (const auto number = FloatFromText(call[0].string())) return Value::Float(*number);
  }
  return call.Has(1) ? call[1] : Value::Float(0);
}

absl::Status NeedsNumber(const Value& value) {
  if (IsNumeric(value)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      base::Cat("a number is needed, not a value of type ", TypeName(value)));
}

absl::StatusOr<Value> Abs(Call& call) {
  GREGALE_RETURN_IF_ERROR(NeedsNumber(call[0]));
  const bool negative = CompareNumbers(call[0], Value::Int(0)).value_or(0) < 0;
  return negative ? Negate(call[0], call.heap()) : call[0];
}

absl::StatusOr<Value> Round(Call& call) {
  GREGALE_RETURN_IF_ERROR(NeedsNumber(call[0]));
  GREGALE_ASSIGN_OR_RETURN(const int64_t digits, call.Int(1, 0));
  GREGALE_ASSIGN_OR_RETURN(const std::string method, call.Text(2, "common"));
  if (method == "common") return RoundNumber(call[0], digits, call.heap());
  if (method != "ceil" && method != "floor") {
    return absl::InvalidArgumentError("method must be common, ceil or floor");
  }
  const double unit = std::pow(10.0, static_cast<double>(digits));
  const double scaled = ToDouble(call[0]) * unit;
  return Value::Float((method == "ceil" ? std::ceil(scaled) : std::floor(scaled)) / unit);
}

absl::StatusOr<Value> FileSize(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const std::string text, call.Text(0, ""));
  const std::optional<double> bytes = FloatFromText(text);
  if (!bytes) return absl::InvalidArgumentError("filesizeformat: a number is needed");
  const bool binary = call.Flag(1, false);
  const double step = binary ? 1024 : 1000;
  if (*bytes == 1) return call.heap().String("1 Byte");
  if (*bytes < step)
    return call.heap().String(absl::StrFormat("%d Bytes", static_cast<int64_t>(*bytes)));
  constexpr std::string_view kPrefixes = "kMGTPEZY";
  double unit = step;
  size_t i = 0;
  while (i + 1 < kPrefixes.size() && *bytes >= unit * step) {
    unit *= step;
    ++i;
  }
  std::string prefix(
      1, binary ? absl::ascii_toupper(static_cast<unsigned char>(kPrefixes[i])) : kPrefixes[i]);
  if (binary) prefix.push_back('i');
  return call.heap().String(absl::StrFormat("%.1f %sB", *bytes / unit, prefix));
}

constexpr FunctionRow kRows[] = {
    {"int(value, default=, base=)", &ToInt},
    {"float(value, default=)", &ToFloat},
    {"abs(x)", &Abs},
    {"round(value, precision=, method=)", &Round},
    {"filesizeformat(value, binary=)", &FileSize},
};

}  // namespace

std::span<const FunctionRow> NumberFilters() { return kRows; }

}  // namespace gregale::workflow::expr::jinja
