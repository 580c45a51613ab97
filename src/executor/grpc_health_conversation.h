#pragma once

#include <string_view>

#include "executor/conversation.h"

namespace gregale::executor {

// Judges the bytes received from a gRPC server on a call of grpc.health.v1.Health/Check: pure, see
// Conversation::judge. Good is the message SERVING. The headers are not unpacked, so a call that
// ends without a message says only that it failed.
Verdict JudgeGrpcHealthReply(std::string_view received, bool ended);

}  // namespace gregale::executor
