#include "infra/local/packet_filter.h"

#include <nftables/libnftables.h>

#include <memory>
#include <string>

#include "absl/synchronization/mutex.h"

namespace gregale::infra {
namespace {

// The library keeps global state behind its contexts.
ABSL_CONST_INIT absl::Mutex library_mutex(absl::kConstInit);

absl::Status RunCommands(const std::string& commands) {
  const absl::MutexLock lock(&library_mutex);
  const std::unique_ptr<nft_ctx, void (*)(nft_ctx*)> context(nft_ctx_new(NFT_CTX_DEFAULT),
                                                             nft_ctx_free);
  if (context == nullptr) return absl::UnavailableError("cannot reach the packet filter");
  nft_ctx_buffer_output(context.get());
  nft_ctx_buffer_error(context.get());
  if (nft_run_cmd_from_buffer(context.get(), commands.c_str()) == 0) return absl::OkStatus();
  return absl::InternalError(std::string("the packet filter refuses: ") +
                             nft_ctx_get_error_buffer(context.get()));
}

}  // namespace

absl::Status DropAllInput() {
  return RunCommands(
      "add table inet gregale\n"
      "add chain inet gregale input { type filter hook input priority 0; policy drop; }\n");
}

absl::Status AcceptAllInput() {
  // Deleting what is not there is refused; adding what is there is not.
  return RunCommands(
      "add table inet gregale\n"
      "delete table inet gregale\n");
}

}  // namespace gregale::infra
