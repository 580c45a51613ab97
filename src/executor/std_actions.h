#pragma once

#include <memory>

#include "absl/status/status.h"
#include "base/json.h"
#include "executor/action.h"

// Mistral's standard actions; docs/workflows.md says what each takes and gives.
namespace gregale::executor {

inline absl::Status CheckAnything(const base::Json&) { return absl::OkStatus(); }

// std.noop takes any input, as Mistral's does, and gives null.
std::unique_ptr<Action> MakeNoop(const base::Json& input, ActionContext context);
// std.async_noop does nothing; its end comes from outside.
std::unique_ptr<Action> MakeAsyncNoop(const base::Json& input, ActionContext context);
// std.echo gives its input `output`, after `delay` seconds.
absl::Status CheckEcho(const base::Json& input);
std::unique_ptr<Action> MakeEcho(const base::Json& input, ActionContext context);
// std.email sends a mail by SMTP.
absl::Status CheckEmail(const base::Json& input);
std::unique_ptr<Action> MakeEmail(const base::Json& input, ActionContext context);
// std.fail fails with `error_data`.
std::unique_ptr<Action> MakeFail(const base::Json& input, ActionContext context);
// std.http sends a request and gives the answer.
absl::Status CheckHttp(const base::Json& input);
std::unique_ptr<Action> MakeHttp(const base::Json& input, ActionContext context);
// std.mistral_http sends a request that says whose action it is; the server says how it ends.
std::unique_ptr<Action> MakeMistralHttp(const base::Json& input, ActionContext context);
// std.js (std.javascript) gives the value of a script.
absl::Status CheckScript(const base::Json& input);
std::unique_ptr<Action> MakeScript(const base::Json& input, ActionContext context);
// std.sleep gives null after `seconds`.
absl::Status CheckSleep(const base::Json& input);
std::unique_ptr<Action> MakeSleep(const base::Json& input, ActionContext context);
// std.ssh runs a command on hosts and gives what it writes; std.wait_ssh asks whether a host can be
// reached like this.
absl::Status CheckSsh(const base::Json& input);
std::unique_ptr<Action> MakeSsh(const base::Json& input, ActionContext context);
std::unique_ptr<Action> MakeWaitSsh(const base::Json& input, ActionContext context);
// std.test_dict gives a dict of `size` keys.
absl::Status CheckTestDict(const base::Json& input);
std::unique_ptr<Action> MakeTestDict(const base::Json& input, ActionContext context);

}  // namespace gregale::executor
