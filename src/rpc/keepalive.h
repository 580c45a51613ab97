#pragma once

#include <array>
#include <utility>

#include "grpc/impl/codegen/grpc_types.h"

namespace gregale::rpc {

// Both ends of every connection ask for a sign of life after a second of silence and wait a second
// for it: a peer that hangs, or a network that swallows everything, is found within about 2 s.
inline constexpr std::array<std::pair<const char*, int>, 4> kKeepalive = {{
    {GRPC_ARG_KEEPALIVE_TIME_MS, 1000},
    {GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 1000},
    {GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1},
    {GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0},
}};

// A peer that pings more often than this is a nuisance and is cut off. Half of what ours do, so
// that jitter is none.
inline constexpr int kPingIntervalMillisecondsMin = 500;

}  // namespace gregale::rpc
