#include <cmath>
#include <string>
#include <utility>

#include "absl/time/civil_time.h"
#include "base/error.h"
#include "base/text.h"
#include "workflow/expr/number.h"
#include "workflow/expr/time.h"
#include "workflow/expr/time_text.h"
#include "workflow/expr/yaql/evaluator.h"
#include "workflow/expr/yaql/function.h"

namespace gregale::workflow::expr::yaql {
namespace {

constexpr int64_t kMicrosPerHour = 3'600 * kMicrosPerSecond;

int64_t FloorDivide(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

absl::CivilSecond CivilOf(const Value& datetime) {
  return absl::CivilSecond() + FloorDivide(DatetimeOf(datetime).local_micros, kMicrosPerSecond);
}

int64_t MicrosecondOf(const Value& datetime) {
  const int64_t local = DatetimeOf(datetime).local_micros;
  return local - FloorDivide(local, kMicrosPerSecond) * kMicrosPerSecond;
}

// The parts of a datetime, checked as Python checks them.
absl::StatusOr<Value> FromParts(const int64_t (&parts)[7], int64_t offset, Heap& heap) {
  const auto [year, month, day, hour, minute, second, microsecond] = parts;
  const bool in_range = year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 &&
                        day <= 31 && hour >= 0 && hour <= 23 && minute >= 0 && minute <= 59 &&
                        second >= 0 && second <= 59 && microsecond >= 0 &&
                        microsecond < kMicrosPerSecond;
  if (!in_range) return absl::OutOfRangeError("a part of the datetime is out of range");
  const absl::CivilSecond civil(year, month, day, hour, minute, second);
  if (civil.day() != day) return absl::OutOfRangeError("day is out of range for month");
  const int64_t seconds = civil - absl::CivilSecond();
  return DatetimeValue(seconds * kMicrosPerSecond + microsecond, offset, heap);
}

absl::StatusOr<Value> FromNumbers(Call& call) {
  int64_t parts[7];
  for (size_t i = 0; i < 7; ++i) {
    GREGALE_ASSIGN_OR_RETURN(parts[i], call.Int(i));
  }
  return FromParts(parts, call.Has(7) ? call[7].int_value() : 0, call.heap());
}

absl::StatusOr<Value> FromTimestamp(Call& call) {
  const int64_t offset = call.Has(1) ? call[1].int_value() : 0;
  const double seconds = ToDouble(call[0]);
  if (!(std::fabs(seconds) < 1e12)) return absl::OutOfRangeError("the timestamp is out of range");
  const auto micros = static_cast<int64_t>(std::nearbyint(seconds * 1e6));
  return DatetimeValue(micros + offset, offset, call.heap());
}

absl::StatusOr<Value> FromText(Call& call) {
  const bool formatted = !call[1].is_null() && !call[1].string().empty();
  GREGALE_ASSIGN_OR_RETURN(const TimeParts parts,
                           formatted ? ParseTimeAs(call[0].string(), call[1].string())
                                     : ParseTimeText(call[0].string()));
  return FromParts(parts.numbers, parts.offset_micros, call.heap());
}

absl::StatusOr<Value> MakeTimespan(Call& call) {
  constexpr int64_t kUnits[] = {kMicrosPerDay,    kMicrosPerHour, 60 * kMicrosPerSecond,
                                kMicrosPerSecond, 1'000,          1};
  Value total = Value::Timespan(0);
  for (size_t i = 0; i < std::size(kUnits); ++i) {
    GREGALE_ASSIGN_OR_RETURN(
        const Value part,
        TimeArithmetic(Op::kMultiply, Value::Timespan(kUnits[i]), call[i], call.heap()));
    GREGALE_ASSIGN_OR_RETURN(total, TimeArithmetic(Op::kAdd, total, part, call.heap()));
  }
  return total;
}

absl::StatusOr<Value> Now(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const int64_t now, call.evaluation().host().NowMicros());
  const int64_t offset = call.Has(0) && !call[0].is_null() ? call[0].int_value() : 0;
  return DatetimeValue(now + offset, offset, call.heap());
}

// A workflow means the same on every machine: its local time is UTC.
absl::StatusOr<Value> Utc(Call&) { return Value::Timespan(0); }

// The parts in the order of FromParts(), each replaced where it was given.
absl::StatusOr<Value> Replace(Call& call) {
  const absl::CivilSecond civil = CivilOf(call[0]);
  int64_t parts[7] = {civil.year(),   civil.month(),  civil.day(),           civil.hour(),
                      civil.minute(), civil.second(), MicrosecondOf(call[0])};
  for (size_t i = 0; i < 7; ++i) {
    if (call[i + 1].is_null()) continue;
    GREGALE_ASSIGN_OR_RETURN(parts[i], call.Int(i + 1));
  }
  const int64_t offset =
      call[8].is_null() ? DatetimeOf(call[0]).offset_micros : call[8].int_value();
  return FromParts(parts, offset, call.heap());
}

absl::StatusOr<Value> Format(Call& call) {
  const absl::CivilSecond civil = CivilOf(call[0]);
  TimeParts parts{.numbers = {civil.year(), civil.month(), civil.day(), civil.hour(),
                              civil.minute(), civil.second(), MicrosecondOf(call[0])},
                  .offset_micros = DatetimeOf(call[0]).offset_micros};
  GREGALE_ASSIGN_OR_RETURN(std::string text, FormatTimeAs(parts, call[1].string()));
  return call.heap().String(std::move(text));
}

template <int64_t kUnit>
absl::StatusOr<Value> SpanIn(Call& call) {
  if (kUnit == 1) return Value::Int(call[0].int_value());
  return Value::Float(static_cast<double>(call[0].int_value()) / static_cast<double>(kUnit));
}

template <typename Member, Member (absl::CivilSecond::*kGet)() const>
absl::StatusOr<Value> PartOf(Call& call) {
  return Value::Int((CivilOf(call[0]).*kGet)());
}

absl::StatusOr<Value> Microsecond(Call& call) { return Value::Int(MicrosecondOf(call[0])); }

// Monday is 0.
absl::StatusOr<Value> Weekday(Call& call) {
  const absl::Weekday day = absl::GetWeekday(absl::CivilDay(CivilOf(call[0])));
  return Value::Int(static_cast<int64_t>(day));
}

absl::StatusOr<Value> Offset(Call& call) {
  return Value::Timespan(DatetimeOf(call[0]).offset_micros);
}

absl::StatusOr<Value> Timestamp(Call& call) {
  return Value::Float(static_cast<double>(UtcMicros(call[0])) / 1e6);
}

int64_t DayMicros(const Value& datetime) {
  const int64_t local = DatetimeOf(datetime).local_micros;
  return FloorDivide(local, kMicrosPerDay) * kMicrosPerDay;
}

absl::StatusOr<Value> Date(Call& call) {
  return DatetimeValue(DayMicros(call[0]), DatetimeOf(call[0]).offset_micros, call.heap());
}

absl::StatusOr<Value> TimeOfDay(Call& call) {
  return Value::Timespan(DatetimeOf(call[0]).local_micros - DayMicros(call[0]));
}

absl::StatusOr<Value> ToUtc(Call& call) {
  return DatetimeValue(UtcMicros(call[0]), DatetimeOf(call[0]).offset_micros, call.heap());
}

absl::StatusOr<Value> IsDatetime(Call& call) { return Value::Bool(call[0].Is(Type::kDatetime)); }
absl::StatusOr<Value> IsTimespan(Call& call) { return Value::Bool(call[0].Is(Type::kTimespan)); }

constexpr FunctionRow kRows[] = {
    {"fn datetime(year:int, month:int, day:int, hour:int=0, minute:int=0, second:int=0, "
     "microsecond:int=0, offset:timespan=)",
     &FromNumbers},
    {"fn datetime(timestamp:num, offset:timespan=)", &FromTimestamp},
    {"fn datetime(string:str, format:str?=null)", &FromText},
    {"fn timespan(days:int=0, hours:int=0, minutes:int=0, seconds:int=0, milliseconds:int=0, "
     "microseconds:int=0)",
     &MakeTimespan},
    {"fn now(offset:timespan?=)", &Now},
    {"fn localtz()", &Utc},
    {"fn utctz()", &Utc},
    {"method replace(dt:datetime, year:int?=null, month:int?=null, day:int?=null, "
     "hour:int?=null, minute:int?=null, second:int?=null, microsecond:int?=null, "
     "offset:timespan?=null)",
     &Replace},
    {"method format(dt:datetime, format:str)", &Format},
    {"fn #property#year(obj:datetime)", &PartOf<absl::civil_year_t, &absl::CivilSecond::year>},
    {"fn #property#month(obj:datetime)", &PartOf<int, &absl::CivilSecond::month>},
    {"fn #property#day(obj:datetime)", &PartOf<int, &absl::CivilSecond::day>},
    {"fn #property#hour(obj:datetime)", &PartOf<int, &absl::CivilSecond::hour>},
    {"fn #property#minute(obj:datetime)", &PartOf<int, &absl::CivilSecond::minute>},
    {"fn #property#second(obj:datetime)", &PartOf<int, &absl::CivilSecond::second>},
    {"fn #property#microsecond(obj:datetime)", &Microsecond},
    {"fn #property#weekday(obj:datetime)", &Weekday},
    {"fn #property#offset(obj:datetime)", &Offset},
    {"fn #property#timestamp(obj:datetime)", &Timestamp},
    {"fn #property#date(obj:datetime)", &Date},
    {"fn #property#time(obj:datetime)", &TimeOfDay},
    {"fn #property#utc(obj:datetime)", &ToUtc},
    {"fn #property#days(obj:timespan)", &SpanIn<kMicrosPerDay>},
    {"fn #property#hours(obj:timespan)", &SpanIn<kMicrosPerHour>},
    {"fn #property#minutes(obj:timespan)", &SpanIn<60 * kMicrosPerSecond>},
    {"fn #property#seconds(obj:timespan)", &SpanIn<kMicrosPerSecond>},
    {"fn #property#milliseconds(obj:timespan)", &SpanIn<1'000>},
    {"fn #property#microseconds(obj:timespan)", &SpanIn<1>},
    {"fn isDatetime(value:any)", &IsDatetime},
    {"fn isTimespan(value:any)", &IsTimespan},
};

}  // namespace

std::span<const FunctionRow> TimeFunctions() { return kRows; }

}  // namespace gregale::workflow::expr::yaql
