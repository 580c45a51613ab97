#pragma once

#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"

// Bounds on what standard actions take from outside, and on what they use.
namespace gregale::executor {

// Transfers (HTTP, mail) at a time; more fail at once. The body of an answer, its headers, the body
// of a request; the time of a transfer, where its input does not say, and at most.
inline constexpr size_t kTransfersMax = 4096;
inline constexpr size_t kReplyBytesMax = 1u << 20;
inline constexpr size_t kReplyHeaderBytesMax = 64u << 10;
inline constexpr size_t kRequestBytesMax = 4u << 20;
inline constexpr absl::Duration kTransferTime = absl::Minutes(5);
inline constexpr absl::Duration kTransferTimeMax = absl::Hours(24);
inline constexpr long kRedirectsMax = 30;
inline constexpr size_t kRecipientsMax = 100;

// Jobs that need a thread each: at a time, and that wait for one; more fail at once.
inline constexpr size_t kWorkersMax = 64;
inline constexpr size_t kJobsWaitingMax = 10'000;

// Scripts: their text with the context, what they may use, and give.
inline constexpr size_t kScriptBytesMax = 4u << 20;
inline constexpr size_t kScriptMemoryBytesMax = 64u << 20;
inline constexpr absl::Duration kScriptTimeMax = absl::Seconds(10);
inline constexpr size_t kScriptResultBytesMax = 1u << 20;

// Commands by SSH: hosts of one action, what a command may write, the time to connect and log in.
inline constexpr size_t kSshHostsMax = 100;
inline constexpr size_t kSshOutputBytesMax = 1u << 20;
inline constexpr absl::Duration kSshLoginTimeMax = absl::Seconds(30);
inline constexpr size_t kSshKeyBytesMax = 64u << 10;

}  // namespace gregale::executor
