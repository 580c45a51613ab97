#include "workflow/action_catalogue.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "base/text.h"

namespace gregale::workflow {
namespace {

using End = ActionEntry::End;

constexpr std::string_view kHttpInput =
    "url, method=\"GET\", params=null, body=null, json=null, headers=null, cookies=null, "
    "auth=null, timeout=null, allow_redirects=null, proxies=null, verify=null";
constexpr std::string_view kSshInput =
    "cmd, host, username, password=\"\", private_key_filename=null, private_key=null";
constexpr std::string_view kMailInput =
    "from_addr, to_addrs, smtp_server, reply_to=null, cc_addrs=null, bcc_addrs=null, "
    "smtp_password=null, subject=null, body=null, html_body=null";

constexpr ActionEntry kActions[] = {
    {"std.async_noop", "", "Does nothing until it is ended through the API.", End::kOutside},
    {"std.echo", "output, delay=0", "Gives its input `output`, after `delay` seconds."},
    {"std.email", kMailInput, "Sends a mail by SMTP."},
    {"std.fail", "error_data=null", "Fails, with `error_data` where it is given."},
    {"std.http", kHttpInput, "Sends an HTTP request; gives the answer."},
    {"std.javascript", "script, context=null", "Evaluates JavaScript, as std.js."},
    {"std.js", "script, context=null", "Evaluates JavaScript (ES5), which sees `context` as $."},
    {"std.mistral_http", kHttpInput,
     "Sends an HTTP request whose receiver ends the action through the API.", End::kOutside},
    {"std.noop", kAnyInput, "Does nothing, and succeeds."},
    {"std.sleep", "seconds=1", "Succeeds after `seconds`."},
    {"std.ssh", kSshInput, "Runs a command on one or many hosts; gives what it writes."},
    {"std.test_dict", "size=0, key_prefix=\"\", val=\"\"", "Gives a dict of `size` equal values."},
    {"std.wait_ssh", "host, username, password", "Succeeds where one can log in by SSH."},
    {"tacker.vim_ping_action", kAnyInput, "Pings a VIM: vnf.ping under its old name."},
    {"vnf.exec", kAnyInput, "Watches a VNF with a check program."},
    {"vnf.grpc_health", kAnyInput, "Watches a VNF by gRPC's health service."},
    {"vnf.http_ping", kAnyInput, "Watches a VNF with HTTP requests."},
    {"vnf.ping", kAnyInput, "Watches a VNF with ICMP echo requests."},
    {"vnf.tcp_ping", kAnyInput, "Watches a VNF with TCP connections."},
};

std::string Quoted(std::string_view name) { return base::Cat("'", name, "'"); }

}  // namespace

std::span<const ActionEntry> ActionCatalogue() { return kActions; }

const ActionEntry* FindAction(std::string_view name) {
  const auto* found = std::ranges::lower_bound(kActions, name, {}, &ActionEntry::name);
  return found != std::end(kActions) && found->name == name ? found : nullptr;
}

absl::Status CheckActionInput(std::string_view name, const base::Json& input) {
  const ActionEntry* action = FindAction(name);
  if (action == nullptr) return absl::NotFoundError(base::Cat("action '", name, "' is unknown"));
  if (action->signature == kAnyInput) return absl::OkStatus();
  std::set<std::string, std::less<>> known;
  std::vector<std::string> missing;
  std::string_view rest = action->signature;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find(", "), rest.size());
    const std::string_view parameter = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 2, rest.size()));
    const size_t equals = parameter.find('=');
    const std::string parameter_name(parameter.substr(0, equals));
    const bool given = input.contains(parameter_name);
    if (equals == parameter.npos && !given) missing.push_back(Quoted(parameter_name));
    known.insert(parameter_name);
  }
  std::vector<std::string> unexpected;
  for (const auto& [key, value] : input.items()) {
    if (!known.contains(key)) unexpected.push_back(Quoted(key));
  }
  if (missing.empty() && unexpected.empty()) return absl::OkStatus();
  std::string message = base::Cat("Invalid input [name=", name);
  if (!missing.empty()) base::Append(message, ", missing=[", base::Join(missing, ", "), "]");
  if (!unexpected.empty()) {
    base::Append(message, ", unexpected=[", base::Join(unexpected, ", "), "]");
  }
  return absl::InvalidArgumentError(message + "]");
}

}  // namespace gregale::workflow
