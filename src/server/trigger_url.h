#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "policies/triggers.h"
#include "store/records.h"

// The URLs by which something outside raises an incident of a VNF. Whoever knows one may use it:
// its last segment is a random key, made with the VNF.
namespace gregale::server {

// What a trigger's URL says of its actions: "respawn%log".
std::string ActionsText(const policies::Trigger& trigger);

// Keeps a URL for each trigger among the VNF's attributes, under the trigger's name. `public_url`
// is scheme and host.
void SetTriggerUrls(const std::vector<policies::Trigger>& triggers, std::string_view public_url,
                    base::Random& random, store::Vnf& vnf);

// The parts of a trigger's URL, as a request has them.
struct TriggerAddress {
  std::string vnf_id;
  std::string trigger;
  std::string actions;
  std::string key;
};
// It is the VNF's URL of this trigger. Takes as long whatever the key is.
bool IsTriggerUrl(const store::Vnf& vnf, const TriggerAddress& address);

}  // namespace gregale::server
