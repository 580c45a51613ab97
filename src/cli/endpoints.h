#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/command.h"
#include "client/channel.h"
#include "client/vnf_client.h"

// Who a command talks to.
namespace gregale::cli {

inline constexpr char kDefaultRest[] = "127.0.0.1:9890";
inline constexpr char kDefaultServer[] = "127.0.0.1:9891";
inline constexpr char kDefaultConductor[] = "127.0.0.1:9892";

// --server (--conductor) where it is given, else as `gregale up` in --dir says, else the default.
std::string ServerAddress(const Settings& settings);
std::string ConductorAddress(const Settings& settings);

// Options of a channel to one address, with a deadline for people who wait.
client::ChannelOptions ChannelTo(const std::string& address);

// `error` of a call to `who` ("the server") at `address`, in words that help.
absl::Status Explained(const absl::Status& error, std::string_view who, const std::string& address);

// The server, its address, and errors that name it.
class ServerConnection {
 public:
  explicit ServerConnection(const Settings& settings);
  const client::Channel& channel() const { return channel_; }
  const client::VnfClient& vnfs() const { return vnfs_; }
  absl::Status Explain(const absl::Status& error) const {
    return Explained(error, "the server", address_);
  }
  // A UUID as it is; a name as the server knows it.
  absl::StatusOr<std::string> VnfId(const std::string& id_or_name) const;

 private:
  std::string address_;
  client::Channel channel_;
  client::VnfClient vnfs_;
};

}  // namespace gregale::cli
