#include "server/trigger_url.h"

#include "base/text.h"
#include "base/token.h"
#include "server/http_head.h"

namespace gregale::server {
namespace {

constexpr size_t kKeyChars = 32;

std::string NewKey(base::Random& random) {
  static constexpr std::string_view kAlphabet = "abcdefghijklmnopqrstuvwxyz0123456789";
  std::string key;
  while (key.size() < kKeyChars) key.push_back(kAlphabet[random.Below(kAlphabet.size())]);
  return key;
}

std::string PathOf(const TriggerAddress& address) {
  return base::Cat("/v1.0/vnfs/", address.vnf_id, "/", EscapeQuery(address.trigger), "/",
                   EscapeQuery(address.actions), "/", EscapeQuery(address.key));
}

}  // namespace

std::string ActionsText(const policies::Trigger& trigger) {
  const auto failure = trigger.actions.find("failure");
  const auto& shown = failure != trigger.actions.end() ? failure : trigger.actions.begin();
  return shown == trigger.actions.end() ? "none" : base::Join(shown->second, "%");
}

void SetTriggerUrls(const std::vector<policies::Trigger>& triggers, std::string_view public_url,
                    base::Random& random, store::Vnf& vnf) {
  for (const policies::Trigger& trigger : triggers) {
    const TriggerAddress address = {.vnf_id = vnf.id,
                                    .trigger = trigger.name,
                                    .actions = ActionsText(trigger),
                                    .key = NewKey(random)};
    vnf.attributes[trigger.name] = base::Cat(public_url, PathOf(address));
  }
  if (!triggers.empty()) vnf.attributes["alarming_policy"] = vnf.id;
}

bool IsTriggerUrl(const store::Vnf& vnf, const TriggerAddress& address) {
  const auto url = vnf.attributes.find(address.trigger);
  if (url == vnf.attributes.end()) return false;
  const std::string path = PathOf(address);
  if (url->second.size() < path.size()) return false;
  return base::SameSecret(std::string_view(url->second).substr(url->second.size() - path.size()),
                          path);
}

}  // namespace gregale::server
