#include "cli/endpoints.h"

#include <algorithm>

#include "base/random.h"
#include "base/text.h"
#include "cli/data_directory.h"

namespace gregale::cli {
namespace {

std::string AddressOf(const Settings& settings, std::string_view process,
                      const std::string& fallback) {
  const auto state = ReadState(DataDirectory(settings.dir));
  if (!state.ok()) return fallback;
  const auto found = std::ranges::find(state->processes, process, &UpState::Process::name);
  return found == state->processes.end() ? fallback : found->address;
}

}  // namespace

std::string ServerAddress(const Settings& settings) {
  return settings.server.empty() ? AddressOf(settings, "server", kDefaultServer) : settings.server;
}

std::string ConductorAddress(const Settings& settings) {
  return settings.conductor.empty() ? AddressOf(settings, "conductor", kDefaultConductor)
                                    : settings.conductor;
}

client::ChannelOptions ChannelTo(const std::string& address) {
  return {.targets = {address}, .timeout = absl::Seconds(10)};
}

absl::Status Explained(const absl::Status& error, std::string_view who,
                       const std::string& address) {
  if (error.code() == absl::StatusCode::kUnavailable ||
      error.code() == absl::StatusCode::kDeadlineExceeded) {
    return absl::UnavailableError(
        base::Cat(who, " at ", address,
                  " does not answer (does gregale up run?): ", std::string(error.message())));
  }
  return error;
}

ServerConnection::ServerConnection(const Settings& settings)
    : address_(ServerAddress(settings)), channel_(ChannelTo(address_)), vnfs_(channel_) {}

absl::StatusOr<std::string> ServerConnection::VnfId(const std::string& id_or_name) const {
  if (base::IsUuid(id_or_name)) return id_or_name;
  v1::GetVnfRequest request;
  request.set_id(id_or_name);
  const auto vnf = vnfs_.GetVnf(request);
  if (!vnf.ok()) return Explain(vnf.status());
  return vnf->id();
}

}  // namespace gregale::cli
