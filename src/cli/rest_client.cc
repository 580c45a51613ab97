#include "cli/rest_client.h"

#include <curl/curl.h>

#include <algorithm>
#include <memory>

#include "base/error.h"
#include "base/text.h"
#include "cli/data_directory.h"
#include "cli/endpoints.h"

namespace gregale::cli {
namespace {

constexpr size_t kAnswerBytesMax = 64u << 20;
constexpr long kSecondsMax = 30;

struct Free {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

size_t Append(const char* data, size_t size, size_t count, void* body) {
  auto& text = *static_cast<std::string*>(body);
  if (text.size() + size * count > kAnswerBytesMax) return 0;  // ends the transfer
  text.append(data, size * count);
  return size * count;
}

absl::StatusOr<std::string> BaseUrl(const Settings& settings, const std::string& url) {
  if (!url.empty()) return url;
  const auto state = ReadRunningState(DataDirectory(settings.dir));
  if (!state.ok()) {
    return absl::NotFoundError(base::Cat(std::string(state.status().message()),
                                         "; name its directory with --dir, or a server's REST API "
                                         "with --url"));
  }
  const auto server = std::ranges::find(state->processes, "server", &UpState::Process::name);
  if (server == state->processes.end()) return absl::NotFoundError("gregale up runs no server");
  return base::Cat("http://", server->rest);
}

// What the server says is wrong, in its words where they can be read.
std::string FaultOf(const std::string& body) {
  const auto parsed = base::ParseJson(body);
  const bool has = parsed.ok() && parsed->is_object() && parsed->contains("faultstring");
  return has ? parsed->at("faultstring").dump() : body.substr(0, 200);
}

}  // namespace

absl::StatusOr<base::Json> GetRest(const Settings& settings, const std::string& url,
                                   const std::string& path) {
  GREGALE_ASSIGN_OR_RETURN(const std::string server, BaseUrl(settings, url));
  GREGALE_ASSIGN_OR_RETURN(const std::string token, ServerToken(settings));
  const std::unique_ptr<CURL, Free> easy(curl_easy_init());
  std::string body;
  curl_easy_setopt(easy.get(), CURLOPT_URL, base::Cat(server, path).c_str());
  curl_easy_setopt(easy.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy.get(), CURLOPT_NOPROXY, "localhost,127.0.0.1,::1");
  curl_easy_setopt(easy.get(), CURLOPT_TIMEOUT, kSecondsMax);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, &Append);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, &body);
  std::unique_ptr<curl_slist, Free> headers;
  if (!token.empty()) {
    headers.reset(curl_slist_append(nullptr, base::Cat("X-Auth-Token: ", token).c_str()));
    curl_easy_setopt(easy.get(), CURLOPT_HTTPHEADER, headers.get());
  }
  const CURLcode code = curl_easy_perform(easy.get());
  if (code != CURLE_OK) {
    return Explained(absl::UnavailableError(curl_easy_strerror(code)), "the server", server);
  }
  long status = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status == 404) return absl::NotFoundError(FaultOf(body));
  if (status == 401) return Explained(absl::UnauthenticatedError(""), "the server", server);
  if (status != 200) return absl::UnknownError(base::Cat(status, ": ", FaultOf(body)));
  // Of our own server, and larger than what ParseJson takes from anybody.
  base::Json answer = base::Json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (answer.is_discarded()) return absl::UnknownError("the answer is no JSON");
  return answer;
}

}  // namespace gregale::cli
