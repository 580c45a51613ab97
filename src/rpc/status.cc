#include "rpc/status.h"

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/text.h"
#include "base/utf8.h"
#include "gregale/v1/error_details.pb.h"

namespace gregale::rpc {
namespace {

constexpr char kReasonUrl[] = "type.googleapis.com/google.rpc.ErrorInfo";
constexpr char kFieldsUrl[] = "type.googleapis.com/google.rpc.BadRequest";

// Statuses travel in HTTP/2 header blocks, of which peers take 8 KB.
constexpr size_t kMessageBytesMax = 1024;
constexpr size_t kNameBytesMax = 256;

// At most `bytes_max` bytes of `text` as UTF-8, no character cut in two.
std::string Cut(std::string_view text, size_t bytes_max) {
  std::string valid = base::ToUtf8(text.substr(0, bytes_max + 1));
  if (valid.size() <= bytes_max) return valid;
  size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(valid[end]) & 0xc0) == 0x80) --end;
  valid.resize(end);
  return valid;
}

void Pack(const google::protobuf::Message& message, const char* url, v1::ErrorStatus& to) {
  google::protobuf::Any& any = *to.add_details();
  any.set_type_url(url);
  any.set_value(message.SerializeAsString());
}

std::string Details(const v1::ErrorStatus& plain, const std::string& kind,
                    const std::string& field) {
  v1::ErrorStatus status = plain;
  if (!kind.empty()) {
    v1::ErrorReason reason;
    reason.set_reason(kind);
    reason.set_domain("gregale");
    Pack(reason, kReasonUrl, status);
  }
  if (!field.empty()) {
    v1::ErrorFields fields;
    v1::ErrorFields::Violation& violation = *fields.add_field_violations();
    violation.set_field(field);
    violation.set_description(Cut(plain.message(), kNameBytesMax));
    Pack(fields, kFieldsUrl, status);
  }
  return status.SerializeAsString();
}

}  // namespace

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const std::string kind = Cut(base::ErrorKind(status), kNameBytesMax);
  const std::string field = Cut(base::ErrorField(status), kNameBytesMax);
  v1::ErrorStatus plain;
  plain.set_code(static_cast<int>(status.code()));
  plain.set_message(Cut(base::FromAbsl(status.message()), kMessageBytesMax));
  const auto code = static_cast<grpc::StatusCode>(status.code());
  if (kind.empty() && field.empty()) return grpc::Status(code, plain.message());
  return grpc::Status(code, plain.message(), Details(plain, kind, field));
}

absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  std::string kind;
  std::string field;
  v1::ErrorStatus details;
  if (!status.error_details().empty() && details.ParseFromString(status.error_details())) {
    for (const google::protobuf::Any& any : details.details()) {
      v1::ErrorReason reason;
      v1::ErrorFields fields;
      if (any.type_url() == kReasonUrl && reason.ParseFromString(any.value())) {
        kind = reason.reason();
      } else if (any.type_url() == kFieldsUrl && fields.ParseFromString(any.value()) &&
                 fields.field_violations_size() > 0) {
        field = fields.field_violations(0).field();
      }
    }
  }
  const int code = status.error_code();
  const bool known = code > 0 && code <= static_cast<int>(absl::StatusCode::kUnauthenticated);
  return base::MakeError(known ? static_cast<absl::StatusCode>(code) : absl::StatusCode::kUnknown,
                         kind, status.error_message(), field);
}

}  // namespace gregale::rpc
