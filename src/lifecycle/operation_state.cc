#include "lifecycle/operation_state.h"

#include "base/error.h"

namespace gregale::lifecycle {

absl::StatusOr<OperationState> OperationState::Parse(std::string_view text) {
  OperationState state;
  if (text.empty()) return state;
  absl::StatusOr<base::Json> values = base::ParseJson(text);
  if (!values.ok() || !values->is_object()) {
    return absl::DataLossError("the operation's state is damaged: no JSON object");
  }
  state.values_ = *std::move(values);
  return state;
}

std::string OperationState::ToText() const { return base::DumpJson(values_); }

std::string OperationState::Text(std::string_view name) const {
  const auto value = values_.find(std::string(name));
  return value != values_.end() && value->is_string() ? value->get<std::string>() : std::string();
}

void OperationState::SetText(std::string_view name, std::string_view value) {
  values_[std::string(name)] = std::string(value);
}

int64_t OperationState::Number(std::string_view name) const {
  const auto value = values_.find(std::string(name));
  return value != values_.end() && value->is_number_integer() ? value->get<int64_t>() : 0;
}

void OperationState::SetNumber(std::string_view name, int64_t value) {
  values_[std::string(name)] = value;
}

absl::Time OperationState::Time(std::string_view name) const {
  const auto value = values_.find(std::string(name));
  if (value == values_.end() || !value->is_number_integer()) return absl::InfinitePast();
  return absl::FromUnixMicros(value->get<int64_t>());
}

void OperationState::SetTime(std::string_view name, absl::Time value) {
  if (value == absl::InfinitePast()) return;
  SetNumber(name, absl::ToUnixMicros(value));
}

bool OperationState::Flag(std::string_view name) const {
  const auto value = values_.find(std::string(name));
  return value != values_.end() && value->is_boolean() && value->get<bool>();
}

void OperationState::SetFlag(std::string_view name, bool value) {
  values_[std::string(name)] = value;
}

}  // namespace gregale::lifecycle
