#include "cli/endpoints.h"

#include <cstdlib>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "base/text.h"
#include "cli/admin_token.h"
#include "cli/data_directory.h"

namespace gregale::cli {
namespace {

// "conductor" and "conductor-2", but not "conductors".
bool IsOne(const UpState::Process& process, std::string_view kind) {
  return process.name == kind || process.name.starts_with(base::Cat(kind, "-"));
}

absl::StatusOr<std::string> AddressOf(const Settings& settings, std::string_view process) {
  const auto state = ReadRunningState(DataDirectory(settings.dir));
  if (!state.ok()) {
    return absl::NotFoundError(base::Cat(std::string(state.status().message()),
                                         "; name its directory with --dir, or the ", process,
                                         "'s address with --", process));
  }
  std::vector<std::string> addresses;
  for (const UpState::Process& running : state->processes) {
    if (IsOne(running, process)) addresses.push_back(running.address);
  }
  if (addresses.empty()) return absl::NotFoundError(base::Cat("gregale up runs no ", process));
  return base::Join(addresses, ",");
}

}  // namespace

absl::StatusOr<std::string> ServerAddress(const Settings& settings) {
  if (!settings.server.empty()) return settings.server;
  return AddressOf(settings, "server");
}

absl::StatusOr<std::string> ConductorAddress(const Settings& settings) {
  if (!settings.conductor.empty()) return settings.conductor;
  return AddressOf(settings, "conductor");
}

absl::StatusOr<std::string> ServerToken(const Settings& settings) {
  if (!settings.token_file.empty()) return ReadToken(settings.token_file);
  if (const char* token = std::getenv("GREGALE_TOKEN"); token != nullptr) return token;
  if (!settings.server.empty()) return std::string();
  absl::StatusOr<std::string> token = ReadToken(AdminTokenPath(DataDirectory(settings.dir)));
  return token.ok() ? token : std::string();
}

client::ChannelOptions ChannelTo(const Settings& settings, const std::string& address) {
  const std::vector<std::string_view> targets = base::Split(address, ',');
  return {.targets = {targets.begin(), targets.end()},
          .timeout = absl::Seconds(10),
          .tls_certificate = settings.tls_cert,
          .tls_key = settings.tls_key,
          .tls_authority = settings.tls_ca};
}

absl::Status Explained(const absl::Status& error, std::string_view who,
                       const std::string& address) {
  if (error.code() == absl::StatusCode::kUnavailable ||
      error.code() == absl::StatusCode::kDeadlineExceeded) {
    return absl::UnavailableError(
        base::Cat(who, " at ", address,
                  " does not answer (does gregale up run?): ", std::string(error.message())));
  }
  if (error.code() == absl::StatusCode::kUnauthenticated) {
    return absl::UnauthenticatedError(
        base::Cat(who, " at ", address,
                  " wants to know who asks: give a token with --token-file or $GREGALE_TOKEN"));
  }
  return error;
}

ServerConnection::ServerConnection(const std::string& address,
                                   const client::ChannelOptions& options)
    : address_(address), channel_(options), vnfs_(channel_) {}

absl::StatusOr<ServerConnection> ServerConnection::Open(const Settings& settings) {
  GREGALE_ASSIGN_OR_RETURN(const std::string address, ServerAddress(settings));
  client::ChannelOptions options = ChannelTo(settings, address);
  GREGALE_ASSIGN_OR_RETURN(options.token, ServerToken(settings));
  return ServerConnection(address, options);
}

absl::StatusOr<std::string> ServerConnection::VnfId(const std::string& id_or_name) const {
  if (base::IsUuid(id_or_name)) return id_or_name;
  v1::GetVnfRequest request;
  request.set_id(id_or_name);
  const auto vnf = vnfs_.GetVnf(request);
  if (!vnf.ok()) return Explain(vnf.status());
  return vnf->id();
}

}  // namespace gregale::cli
