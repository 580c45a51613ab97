#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/secret_box.h"
#include "server/authenticator.h"
#include "server/caller.h"
#include "server/http_message.h"
#include "server/requests.h"
#include "server/rest_api.h"
#include "server/template_cache.h"
#include "store/records.h"
#include "store/store.h"
#include "support/fake_clock.h"
#include "support/seeded_random.h"

namespace gregale::server {

// Takes everybody for this caller.
class KnownCaller : public Authenticator {
 public:
  explicit KnownCaller(const Caller& caller) : caller_(caller) {}
  absl::StatusOr<Caller> Authenticate(std::string_view) override { return caller_; }

 private:
  const Caller& caller_;
};

// A server without sockets: real handlers on a store in memory, with a clock that stands still and
// ids that repeat.
class World {
 public:
  World();
  // On this store.
  explicit World(std::unique_ptr<store::Store> store);

  // One request through the REST API. `target` as on the wire; a body is sent as JSON.
  HttpResponse Send(std::string_view method, std::string_view target, std::string_view body = "");
  // The object in the answer to a request that must succeed.
  base::Json Json(std::string_view method, std::string_view target, std::string_view body = "");

  // What a conductor would do.
  void SetStatus(std::string_view vnf, store::VnfStatus status);
  // "vims 1, vnfds 0, ...".
  std::string RowCounts();

  base::FakeClock& clock() { return clock_; }
  store::Store& store() { return *store_; }
  HandlerContext handlers() {
    return {.random = random_, .secrets = secrets_, .templates = templates_};
  }
  // Who asks; an admin at first.
  Caller caller = {.tenant_id = "admin", .is_admin = true};
  // X-Project-Id; "": none.
  std::string project_id;

 private:
  base::FakeClock clock_;
  base::SeededRandom random_{1};
  TemplateCache templates_;
  base::SecretBox secrets_{std::array<unsigned char, 32>{}};
  std::unique_ptr<store::Store> store_;
};

// A VNFD of one VDU that is pinged, as JSON text.
std::string MonitoredTemplate();
// The same as YAML text.
std::string MonitoredTemplateYaml();

}  // namespace gregale::server
