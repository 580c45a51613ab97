#include <poll.h>
#include <sys/mman.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "base/utf8.h"
#include "executor/action_limits.h"
#include "executor/action_services.h"
#include "executor/check_process.h"
#include "executor/job_action.h"
#include "executor/known_result.h"
#include "executor/std_actions.h"

namespace gregale::executor {
namespace {

using base::Json;

constexpr size_t kErrorBytesMax = 4096;

// An open file with this content; invalid where there is no memory for it.
base::UniqueFd FileWith(std::string_view content) {
  base::UniqueFd file(memfd_create("script", MFD_CLOEXEC));
  while (file.valid() && !content.empty()) {
    const ssize_t bytes = write(file.get(), content.data(), content.size());
    if (bytes <= 0) return base::UniqueFd();
    content.remove_prefix(static_cast<size_t>(bytes));
  }
  if (file.valid()) lseek(file.get(), 0, SEEK_SET);
  return file;
}

// Readable after a while.
base::UniqueFd TimerOf(absl::Duration delay) {
  base::UniqueFd timer(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC));
  const itimerspec when{.it_interval = {}, .it_value = absl::ToTimespec(delay)};
  timerfd_settime(timer.get(), 0, &when, nullptr);
  return timer;
}

// Its exit status; nullopt where it was too slow, or is no longer wanted.
std::optional<int> Await(CheckProcess& process, const Cancellation& cancellation) {
  const base::UniqueFd timer = TimerOf(kScriptTimeMax);
  std::array<pollfd, 4> watched{{{process.end_fd(), POLLIN, 0},
                                 {process.output_fd(), POLLIN, 0},
                                 {cancellation.fd(), POLLIN, 0},
                                 {timer.get(), POLLIN, 0}}};
  while (true) {
    poll(watched.data(), watched.size(), -1);
    if (watched[1].revents != 0 && !process.ReadOutput()) watched[1].fd = -1;
    if (watched[0].revents != 0) {
      if (const auto status = process.Reap()) return status;
    }
    if (watched[2].revents != 0 || watched[3].revents != 0) return std::nullopt;
  }
}

absl::StatusOr<Json> Evaluate(const std::string& program, const std::string& script,
                              const Json& context, const Cancellation& cancellation) {
  const base::UniqueFd file =
      FileWith(base::Cat(script.size(), "\n", script, base::DumpJson(context)));
  if (!file.valid()) return absl::ResourceExhaustedError("no memory for a script");
  auto process = CheckProcess::Start(
      {program, base::Cat(kScriptMemoryBytesMax), base::Cat(absl::ToInt64Seconds(kScriptTimeMax))},
      {"LC_ALL=C.UTF-8"}, {.input = file.get(), .output_bytes_max = kScriptResultBytesMax + 1});
  if (!process.ok()) {
    return absl::UnavailableError(base::Cat(program, ": ", process.status().message()));
  }
  const std::optional<int> status = Await(*process, cancellation);
  if (!status) {
    return absl::DeadlineExceededError(
        base::Cat("the script took more than ", absl::ToInt64Seconds(kScriptTimeMax), " s"));
  }
  process->ReadOutput();
  const std::string_view answer = process->output();
  if (answer.size() > kScriptResultBytesMax) {
    return absl::ResourceExhaustedError(
        base::Cat("the result has more than ", kScriptResultBytesMax, " bytes"));
  }
  if (*status != 0 || answer.empty()) {
    return absl::InternalError(base::Cat("the script was ended (status ", *status, ")"));
  }
  if (answer.front() != 'v') {
    return absl::InvalidArgumentError(base::ToUtf8(answer.substr(1, kErrorBytesMax)));
  }
  return base::ParseJson(answer.substr(1));
}

}  // namespace

std::string ScriptProgram() {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? "" : self.parent_path() / "gregale-js";
}

absl::Status CheckScript(const Json& input) {
  const Json& script = input.at("script");
  if (!script.is_string()) return base::InvalidInput("script", "must be a text");
  const size_t bytes = script.get_ref<const std::string&>().size();
  return bytes <= kScriptBytesMax
             ? absl::OkStatus()
             : base::InvalidInput("script", base::Cat("more than ", kScriptBytesMax, " bytes"));
}

std::unique_ptr<Action> MakeScript(const Json& input, ActionContext context) {
  const ActionServices* services = context.environment.services;
  if (services == nullptr || services->script_program.empty()) return CannotRun(std::move(context));
  auto job = [program = services->script_program, script = input.at("script").get<std::string>(),
              data = input.value("context", Json()),
              call = context.call](const Cancellation& cancellation) -> ActionOutcome {
    auto value = Evaluate(program, script, data, cancellation);
    if (value.ok()) {
      return {.kind = ActionOutcome::Kind::kSucceeded, .value = *std::move(value)};
    }
    return {.kind = ActionOutcome::Kind::kFailed,
            .value = RaisedText("std.js", call, base::FromAbsl(value.status().message()))};
  };
  return std::make_unique<JobAction>(std::move(job), std::move(context));
}

}  // namespace gregale::executor
