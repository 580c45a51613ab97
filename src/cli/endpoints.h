#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/command.h"
#include "client/channel.h"
#include "client/vnf_client.h"

// Who a command talks to.
namespace gregale::cli {

// --server (--conductor) where it is given, else as the `gregale up` in --dir says: several with
// commas between them, any of which may answer. kNotFound: none runs there; an address is never
// guessed, since whoever answers at it may be somebody else's.
absl::StatusOr<std::string> ServerAddress(const Settings& settings);
absl::StatusOr<std::string> ConductorAddress(const Settings& settings);

// The token for the server: that of --token-file, else $GREGALE_TOKEN, else, for the server of the
// `gregale up` in --dir and no other, that of its directory; "" where there is none.
absl::StatusOr<std::string> ServerToken(const Settings& settings);

// Options of a channel to such an address, with a deadline for people who wait.
client::ChannelOptions ChannelTo(const Settings& settings, const std::string& address);

// `error` of a call to `who` ("the server") at `address`, in words that help.
absl::Status Explained(const absl::Status& error, std::string_view who, const std::string& address);

// The server, its address, and errors that name it.
class ServerConnection {
 public:
  // Errors: as ServerAddress. Connects when it is used.
  static absl::StatusOr<ServerConnection> Open(const Settings& settings);
  const client::Channel& channel() const { return channel_; }
  const client::VnfClient& vnfs() const { return vnfs_; }
  absl::Status Explain(const absl::Status& error) const {
    return Explained(error, "the server", address_);
  }
  // A UUID as it is; a name as the server knows it.
  absl::StatusOr<std::string> VnfId(const std::string& id_or_name) const;

 private:
  ServerConnection(const std::string& address, const client::ChannelOptions& options);
  std::string address_;
  client::Channel channel_;
  client::VnfClient vnfs_;
};

}  // namespace gregale::cli
