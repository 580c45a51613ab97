#include "conductor/http_webhook.h"

#include <httplib.h>

#include <algorithm>
#include <utility>

#include "base/hmac.h"
#include "base/text.h"

namespace gregale::conductor {
namespace {

constexpr absl::Duration kPauseAfterFailure = absl::Seconds(1);
constexpr time_t kPatienceSeconds = 3;  // each for connecting, sending and the answer
constexpr int kTooManyRequests = 429;
constexpr int kSendingMax = 2;
constexpr size_t kAnswerBytesMax = 64u << 10;

bool IsForGood(int status) {
  return status >= 300 && status < 500 && status != 408 && status != 425 &&
         status != kTooManyRequests;
}

}  // namespace

bool HttpWebhook::IsAllowed(std::string_view url) const {
  // "user@host" would be another host than the one that the prefix shows.
  if (url.find_first_of(" \t\r\n@\\") != std::string_view::npos) return false;
  return std::ranges::any_of(options_.allowed,
                             [&](const std::string& prefix) { return url.starts_with(prefix); });
}

bool HttpWebhook::Take(const std::string& url) {
  base::MutexLock lock(mutex_);
  const base::MonoTime now = clock_.Mono();
  std::erase_if(pauses_, [&](const auto& pause) { return pause.second <= now; });
  if (sending_ >= kSendingMax || pauses_.contains(url)) return false;
  ++sending_;
  return true;
}

absl::Status HttpWebhook::Post(const std::string& url, std::string_view id,
                               const std::string& body) {
  if (!IsAllowed(url)) {
    return absl::FailedPreconditionError(
        base::Cat("the conductors do not allow the receiver ", url, " (--notify-allow)"));
  }
  if (!Take(url)) return absl::ResourceExhaustedError("other notifications are being sent");
  const absl::Status sent = Send(url, id, body);
  base::MutexLock lock(mutex_);
  --sending_;
  if (absl::IsUnavailable(sent)) pauses_[url] = clock_.Mono() + kPauseAfterFailure;
  return sent;
}

absl::Status HttpWebhook::Send(const std::string& url, std::string_view id,
                               const std::string& body) const {
  const size_t host = url.find("://") + std::string_view("://").size();
  const size_t slash = url.find('/', host);
  httplib::Client client(url.substr(0, slash));
  if (!client.is_valid()) {
    return absl::FailedPreconditionError(base::Cat("no such kind of receiver: ", url));
  }
  client.set_follow_location(false);
  client.set_connection_timeout(kPatienceSeconds);
  client.set_read_timeout(kPatienceSeconds);
  client.set_write_timeout(kPatienceSeconds);
  httplib::Headers headers = {{"X-Gregale-Delivery", std::string(id)}};
  if (!options_.secret.empty()) {
    const std::string time = base::Cat(absl::ToUnixSeconds(clock_.Wall()));
    headers.emplace("X-Gregale-Signature",
                    base::Cat("t=", time, ",v1=",
                              base::HmacSha256(options_.secret, base::Cat(time, ".", body))));
  }
  // Only how the receiver answers counts: its body is not read.
  size_t heard = 0;
  httplib::Request request;
  request.method = "POST";
  request.path = slash == std::string::npos ? "/" : url.substr(slash);
  request.headers = std::move(headers);
  request.body = body;
  request.set_header("Content-Type", "application/json");
  request.content_receiver = [&heard](const char*, size_t size, uint64_t, uint64_t) {
    heard += size;
    return heard <= kAnswerBytesMax;
  };
  const httplib::Result result = client.send(request);
  if (!result) {
    return absl::UnavailableError(
        base::Cat("the receiver cannot be reached: ", httplib::to_string(result.error())));
  }
  if (result->status >= 200 && result->status < 300) return absl::OkStatus();
  const std::string words = base::Cat("the receiver answered ", result->status);
  return IsForGood(result->status) ? absl::FailedPreconditionError(words)
                                   : absl::UnavailableError(words);
}

}  // namespace gregale::conductor
