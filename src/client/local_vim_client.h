#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "client/channel.h"
#include "gregale/v1/local_vim.pb.h"

namespace gregale::client {

// Faults on purpose, on the VIM driver `local`. Talks to conductors.
// protos/gregale/v1/local_vim.proto says what each call does and which errors it has. Copies share
// the connection. Thread-safe.
class LocalVimClient {
 public:
  explicit LocalVimClient(Channel channel);

  absl::StatusOr<v1::BreakVduResponse> BreakVdu(const v1::BreakVduRequest& request) const;
  absl::StatusOr<v1::MendVduResponse> MendVdu(const v1::MendVduRequest& request) const;

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace gregale::client
