#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "executor/action_limits.h"
#include "executor/action_services.h"
#include "executor/job_action.h"
#include "executor/known_result.h"
#include "executor/ssh_command.h"
#include "executor/std_actions.h"

namespace gregale::executor {
namespace {

using base::Json;

struct SshInput {
  std::string command;
  std::vector<std::string> hosts;
  SshLogin login;        // its host is one after the other of `hosts`
  std::string key_file;  // its name; "": none
};

bool IsHost(std::string_view text) {
  return !text.empty() && text.size() <= 255 && text.front() != '-' &&
         std::ranges::all_of(text, [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                  std::string_view("-._:[]%").find(c) != std::string_view::npos;
         });
}

absl::StatusOr<std::string> Text(const Json& input, const char* name, size_t bytes_max) {
  const Json value = input.value(name, Json());
  if (value.is_null()) return std::string();
  if (!value.is_string()) return base::InvalidInput(name, "must be a text");
  auto text = value.get<std::string>();
  if (text.size() <= bytes_max && text.find('\0') == std::string::npos) return text;
  return base::InvalidInput(name, "is too long, or has a zero in it");
}

absl::StatusOr<std::vector<std::string>> Hosts(const Json& value) {
  std::vector<std::string> hosts;
  for (const Json& host : value.is_array() ? value : Json::array({value})) {
    if (!host.is_string() || !IsHost(host.get_ref<const std::string&>())) {
      return base::InvalidInput("host", "must be a host name or an address, or a list of them");
    }
    hosts.push_back(host.get<std::string>());
  }
  if (!hosts.empty() && hosts.size() <= kSshHostsMax) return hosts;
  return base::InvalidInput("host", base::Cat("must be 1 to ", kSshHostsMax, " hosts"));
}

absl::StatusOr<SshInput> ParseSsh(const Json& input) {
  SshInput result;
  GREGALE_ASSIGN_OR_RETURN(result.command, Text(input, "cmd", kRequestBytesMax));
  GREGALE_ASSIGN_OR_RETURN(result.hosts, Hosts(input.value("host", Json())));
  GREGALE_ASSIGN_OR_RETURN(result.login.user, Text(input, "username", 255));
  GREGALE_ASSIGN_OR_RETURN(result.login.password, Text(input, "password", 4096));
  GREGALE_ASSIGN_OR_RETURN(result.login.private_key, Text(input, "private_key", kSshKeyBytesMax));
  GREGALE_ASSIGN_OR_RETURN(result.key_file, Text(input, "private_key_filename", 255));
  if (result.login.user.empty()) return base::InvalidInput("username", "must not be empty");
  // A file of the directory of keys, and nothing else of this machine.
  if (result.key_file.find('/') != std::string::npos || result.key_file.starts_with('.')) {
    return base::InvalidInput("private_key_filename", "must be the name of a file");
  }
  return result;
}

absl::Status ReadKey(const std::string& directory, SshInput& input) {
  if (input.key_file.empty() || !input.login.private_key.empty()) return absl::OkStatus();
  if (directory.empty()) {
    return absl::FailedPreconditionError("this executor has no private keys (--ssh-keys)");
  }
  const std::string path = base::Cat(directory, "/", input.key_file);
  auto key = base::ReadFile(path, kSshKeyBytesMax);
  if (!key.ok()) return absl::NotFoundError("there is no such private key");
  input.login.private_key = *std::move(key);
  return absl::OkStatus();
}

// The output of each host; an error names the host.
absl::StatusOr<Json> RunEverywhere(SshInput& input, const Cancellation& cancellation) {
  Json outputs = Json::array();
  for (const std::string& host : input.hosts) {
    input.login.host = host;
    auto result = RunSshCommand(input.login, input.command, cancellation);
    if (!result.ok()) {
      return absl::UnavailableError(base::Cat(host, ": ", result.status().message()));
    }
    if (result->exit_status != 0) {
      return absl::UnknownError(base::Cat(host, ": exit status ", result->exit_status));
    }
    outputs.push_back(std::move(result->output));
  }
  return outputs.size() == 1 ? outputs.front() : outputs;
}

ActionOutcome Run(const std::string& keys, const ActionCall& call, SshInput input,
                  const Cancellation& cancellation) {
  absl::Status status = ReadKey(keys, input);
  if (status.ok()) {
    auto value = RunEverywhere(input, cancellation);
    if (value.ok()) return {.kind = ActionOutcome::Kind::kSucceeded, .value = *std::move(value)};
    status = value.status();
  }
  std::string hosts;
  for (const std::string& host : input.hosts) {
    base::Append(hosts, hosts.empty() ? "'" : ", '", host, "'");
  }
  const std::string why = base::Cat("Failed to execute ssh cmd '", input.command, "' on [", hosts,
                                    "]: ", status.message());
  return {.kind = ActionOutcome::Kind::kFailed, .value = RaisedText("std.ssh", call, why)};
}

}  // namespace

absl::Status CheckSsh(const Json& input) { return ParseSsh(input).status(); }

std::unique_ptr<Action> MakeSsh(const Json& input, ActionContext context) {
  const ActionServices* services = context.environment.services;
  if (services == nullptr) return CannotRun(std::move(context));
  auto job = [parsed = *ParseSsh(input), keys = services->ssh_keys,
              call = context.call](const Cancellation& cancellation) {
    return Run(keys, call, parsed, cancellation);
  };
  return std::make_unique<JobAction>(std::move(job), std::move(context));
}

std::unique_ptr<Action> MakeWaitSsh(const Json& input, ActionContext context) {
  Json command = input;
  command["cmd"] = "ls -l";
  return MakeSsh(command, std::move(context));
}

}  // namespace gregale::executor
