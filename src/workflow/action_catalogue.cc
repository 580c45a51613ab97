#include "workflow/action_catalogue.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "base/text.h"

namespace gregale::workflow {
namespace {

using End = ActionEntry::End;

constexpr ActionEntry kActions[] = {
    {"std.async_noop", "", "Does nothing until it is ended through the API.", End::kOutside},
    {"std.echo", "output, delay=0", "Gives its input `output`, after `delay` seconds."},
    {"std.fail", "error_data=null", "Fails, with `error_data` where it is given."},
    {"std.noop", kAnyInput, "Does nothing, and succeeds."},
    {"std.sleep", "seconds=1", "Succeeds after `seconds`."},
    {"std.test_dict", "size=0, key_prefix=\"\", val=\"\"", "Gives a dict of `size` equal values."},
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
