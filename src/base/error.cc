#include "base/error.h"

#include "absl/strings/cord.h"
#include "base/text.h"

namespace gregale::base {
namespace {

constexpr std::string_view kKindUrl = "gregale/error-kind";
constexpr std::string_view kFieldUrl = "gregale/error-field";

std::string Payload(const absl::Status& status, std::string_view url) {
  const auto payload = status.GetPayload(ToAbsl(url));
  return payload.has_value() ? std::string(*payload) : std::string();
}

}  // namespace

absl::Status MakeError(absl::StatusCode code, std::string_view kind, std::string_view message,
                       std::string_view field) {
  absl::Status status(code, ToAbsl(message));
  if (!kind.empty()) status.SetPayload(ToAbsl(kKindUrl), absl::Cord(ToAbsl(kind)));
  if (!field.empty()) status.SetPayload(ToAbsl(kFieldUrl), absl::Cord(ToAbsl(field)));
  return status;
}

std::string ErrorKind(const absl::Status& status) { return Payload(status, kKindUrl); }

std::string ErrorField(const absl::Status& status) { return Payload(status, kFieldUrl); }

absl::Status InvalidInput(std::string_view field, std::string_view reason) {
  return MakeError(absl::StatusCode::kInvalidArgument, "InvalidInput", reason, field);
}

}  // namespace gregale::base
