#pragma once

#include <string_view>

#include "executor/conversation.h"
#include "policies/monitoring.h"

namespace gregale::executor {

// Judges the bytes received from an HTTP/1.x server: pure, see Conversation::judge. Good is a
// complete header with one of the statuses of `expected` and, where it names a text, a body that
// has the text in its first 64 KiB. Interim replies (1xx) are passed over. With keep_alive, it is
// reusable where `received` is the whole reply, and the server says nothing against it.
Verdict JudgeHttpReply(std::string_view received, bool ended, const policies::HttpCheck& expected);

}  // namespace gregale::executor
