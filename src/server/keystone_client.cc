#include <httplib.h>

#include <algorithm>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "server/keystone.h"

namespace gregale::server {
namespace {

constexpr time_t kConnectSeconds = 2;
constexpr time_t kReadSeconds = 5;

// A token from outside becomes the value of a header.
bool IsPrintable(std::string_view token) {
  return std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

}  // namespace

absl::StatusOr<std::unique_ptr<KeystoneClient>> KeystoneClient::Create(std::string_view url) {
  std::string_view rest = url;
  const bool has_scheme = base::TakePrefix(rest, "http://") || base::TakePrefix(rest, "https://");
  if (!has_scheme || rest.empty() || rest.front() == '/') {
    return absl::InvalidArgumentError(
        base::Cat("'", url, "' is no URL of a Keystone, such as http://keystone:5000/v3"));
  }
  const size_t slash = rest.find('/');
  const size_t origin_size = url.size() - rest.size() + std::min(slash, rest.size());
  std::string_view path = slash == std::string_view::npos ? "" : rest.substr(slash);
  base::TakeSuffix(path, "/");
  std::string tokens_path(path);
  if (!path.ends_with("/v3")) base::Append(tokens_path, "/v3");
  base::Append(tokens_path, "/auth/tokens?nocatalog=1");
  return std::unique_ptr<KeystoneClient>(
      new KeystoneClient(std::string(url.substr(0, origin_size)), std::move(tokens_path)));
}

absl::StatusOr<TokenValidator::Verdict> KeystoneClient::Validate(std::string_view token) {
  if (!IsPrintable(token)) return NotAuthenticated();
  // A connection for each question: they are few, since the answers are kept.
  httplib::Client client(origin_);
  client.set_connection_timeout(kConnectSeconds);
  client.set_read_timeout(kReadSeconds);
  client.set_write_timeout(kReadSeconds);
  const httplib::Headers headers = {{"X-Auth-Token", std::string(token)},
                                    {"X-Subject-Token", std::string(token)},
                                    {"Accept", "application/json"}};
  std::string body;
  const httplib::Result answer = client.Get(path_, headers, [&](const char* data, size_t size) {
    body.append(data, size);
    return body.size() <= base::kKeystoneAnswerBytesMax;
  });
  if (!answer) {
    return absl::UnavailableError(
        base::Cat("Keystone at ", origin_, ": ", httplib::to_string(answer.error())));
  }
  if (answer->status == 200) return ReadVerdict(body);
  if (answer->status == 401 || answer->status == 404) return NotAuthenticated();
  return absl::UnavailableError(base::Cat("Keystone at ", origin_, " answers ", answer->status));
}

}  // namespace gregale::server
