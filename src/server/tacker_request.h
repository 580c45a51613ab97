#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "server/http_message.h"
#include "server/requests.h"

// Bodies of Tacker's v1.0 as typed requests. Errors have Tacker's messages.
namespace gregale::server {

absl::StatusOr<NewVim> ReadNewVim(std::string_view body);
absl::StatusOr<VimChange> ReadVimChange(std::string_view body);
absl::StatusOr<NewVnfd> ReadNewVnfd(std::string_view body);
absl::StatusOr<VnfdChange> ReadVnfdChange(std::string_view body);
absl::StatusOr<NewVnf> ReadNewVnf(std::string_view body);
absl::StatusOr<VnfChange> ReadVnfChange(std::string_view body);
// The body of a DELETE of a VNF: none, {}, or {"vnf": {"attributes": {"force": true}}}.
absl::StatusOr<Force> ReadForce(std::string_view body);

}  // namespace gregale::server
