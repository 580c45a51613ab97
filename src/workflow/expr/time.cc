#include "workflow/expr/time.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/text.h"
#include "workflow/expr/number.h"

namespace gregale::workflow::expr {
namespace {

// 0001-01-01 and 10000-01-01.
constexpr int64_t kFirstMicros = -719'162 * kMicrosPerDay;
constexpr int64_t kEndMicros = 2'932'897 * kMicrosPerDay;
// Python's timedelta.max.
constexpr double kTimespanMicrosMax = 999'999'999.0 * 86'400e6;

absl::StatusOr<Value> TimespanFromDouble(double micros) {
  if (!(std::fabs(micros) < std::min(kTimespanMicrosMax, 9.2e18))) {
    return absl::OutOfRangeError("the timespan is too long");
  }
  return Value::Timespan(static_cast<int64_t>(std::nearbyint(micros)));
}

absl::StatusOr<Value> Shift(const Value& datetime, int64_t micros, Heap& heap) {
  int64_t local = 0;
  if (__builtin_add_overflow(DatetimeOf(datetime).local_micros, micros, &local)) {
    return absl::OutOfRangeError("date value out of range");
  }
  return DatetimeValue(local, DatetimeOf(datetime).offset_micros, heap);
}

}  // namespace

absl::StatusOr<Value> DatetimeValue(int64_t local_micros, int64_t offset_micros, Heap& heap) {
  if (local_micros < kFirstMicros || local_micros >= kEndMicros) {
    return absl::OutOfRangeError("date value out of range");
  }
  return Value::Of(Type::kDatetime, heap.Make<DatetimeObject>(local_micros, offset_micros));
}

absl::StatusOr<Value> TimeArithmetic(Op op, const Value& a, const Value& b, Heap& heap) {
  const bool a_span = a.Is(Type::kTimespan);
  const bool b_span = b.Is(Type::kTimespan);
  const bool a_date = a.Is(Type::kDatetime);
  const bool b_date = b.Is(Type::kDatetime);
  if (op == Op::kAdd || op == Op::kSubtract) {
    const int64_t sign = op == Op::kAdd ? 1 : -1;
    if (a_span && b_span) {
      return TimespanFromDouble(static_cast<double>(a.int_value()) +
                                static_cast<double>(sign * b.int_value()));
    }
    if (a_date && b_span) return Shift(a, sign * b.int_value(), heap);
    if (a_span && b_date && op == Op::kAdd) return Shift(b, a.int_value(), heap);
    if (a_date && b_date && op == Op::kSubtract)
      return Value::Timespan(UtcMicros(a) - UtcMicros(b));
  }
  if (op == Op::kMultiply && a_span && b.is_number()) {
    return TimespanFromDouble(static_cast<double>(a.int_value()) * ToDouble(b));
  }
  if (op == Op::kMultiply && b_span && a.is_number()) return TimeArithmetic(op, b, a, heap);
  if (op == Op::kDivide && a_span && (b_span || b.is_number())) {
    const double divisor = b_span ? static_cast<double>(b.int_value()) : ToDouble(b);
    if (divisor == 0) return absl::InvalidArgumentError("division by zero");
    const double quotient = static_cast<double>(a.int_value()) / divisor;
    if (b_span) return Value::Float(quotient);
    return TimespanFromDouble(quotient);
  }
  return absl::InvalidArgumentError(
      base::Cat("the operator is not defined for ", TypeName(a), " and ", TypeName(b)));
}

}  // namespace gregale::workflow::expr
