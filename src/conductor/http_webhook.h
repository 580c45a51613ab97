#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "conductor/webhook.h"

namespace gregale::conductor {

// POSTs over HTTP, only to URLs that the operator allows, since descriptors name them; redirections
// are not followed. A receiver knows who sends by X-Gregale-Signature, "t=<unix time>,v1=<hex>":
// the HMAC-SHA256 of "<unix time>.<body>" under the shared secret; X-Gregale-Delivery is the id. A
// receiver that was not there has a pause, and few are waited for at a time: so dead ones cannot
// keep all workers.
class HttpWebhook final : public Webhook {
 public:
  struct Options {
    std::vector<std::string> allowed;  // what a URL must begin with: "https://hooks.example.org/"
    std::string secret;                // "": nothing is signed
  };
  HttpWebhook(Options options, const base::Clock& clock)
      : options_(std::move(options)), clock_(clock) {}

  absl::Status Post(const std::string& url, std::string_view id, const std::string& body) override;

 private:
  bool IsAllowed(std::string_view url) const;
  bool Take(const std::string& url);
  absl::Status Send(const std::string& url, std::string_view id, const std::string& body) const;

  const Options options_;
  const base::Clock& clock_;
  base::Mutex mutex_;
  int sending_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<std::string, base::MonoTime> pauses_ ABSL_GUARDED_BY(mutex_);  // until when, by URL
};

}  // namespace gregale::conductor
