#include "client/local_vim_client.h"

#include <utility>

#include "client/call.h"
#include "gregale/v1/local_vim.grpc.pb.h"

namespace gregale::client {

using Stub = v1::LocalVimRPC::Stub;

struct LocalVimClient::Shared : Connection<v1::LocalVimRPC> {
  using Connection::Connection;
};

LocalVimClient::LocalVimClient(Channel channel)
    : shared_(std::make_shared<Shared>(std::move(channel))) {}

absl::StatusOr<v1::BreakVduResponse> LocalVimClient::BreakVdu(
    const v1::BreakVduRequest& request) const {
  return shared_->Call(&Stub::BreakVdu, request);
}

absl::StatusOr<v1::MendVduResponse> LocalVimClient::MendVdu(
    const v1::MendVduRequest& request) const {
  return shared_->Call(&Stub::MendVdu, request);
}

}  // namespace gregale::client
