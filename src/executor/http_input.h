#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/json.h"
#include "executor/transfers.h"

// Between the values of std.http and a transfer: as Mistral, whose action hands its input to
// Python's requests.
namespace gregale::executor {

struct HttpInput {
  HttpRequest request;
  absl::Duration timeout;
};

// kInvalidArgument names the field.
absl::StatusOr<HttpInput> ParseHttpInput(const base::Json& input);

// The result of the action: content (parsed where it is JSON), status, headers, url, ...
base::Json ShowReply(const Reply& reply);

// Whether the action has succeeded.
inline bool IsGood(const Reply& reply) { return reply.status >= 200 && reply.status <= 306; }

}  // namespace gregale::executor
