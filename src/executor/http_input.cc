#include "executor/http_input.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/utf8.h"
#include "executor/action_limits.h"
#include "executor/python_text.h"

namespace gregale::executor {
namespace {

using base::Json;

// nullptr where it is absent or null.
const Json* Given(const Json& input, const char* name) {
  const auto found = input.find(name);
  return found == input.end() || found->is_null() ? nullptr : &*found;
}

std::string PercentEncoded(std::string_view text) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (absl::ascii_isalnum(byte) || std::string_view("-._~").find(c) != std::string_view::npos) {
      encoded += c;
    } else if (c == ' ') {
      encoded += '+';
    } else {
      encoded += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return encoded;
}

void AddPair(const std::string& name, const Json& value, std::string& query) {
  if (value.is_null()) return;
  base::Append(query, query.empty() ? "" : "&", PercentEncoded(name), "=",
               PercentEncoded(PythonText(value)));
}

absl::StatusOr<std::string> QueryOf(const Json& params) {
  if (params.is_string()) return params.get<std::string>();
  if (!params.is_object()) return base::InvalidInput("params", "must be an object or a text");
  std::string query;
  for (const auto& [name, value] : params.items()) {
    if (!value.is_array()) AddPair(name, value, query);
    for (const Json& item : value.is_array() ? value : Json::array()) AddPair(name, item, query);
  }
  return query;
}

bool IsToken(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

bool IsOneLine(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == text.npos;
}

bool HasHeader(const HttpRequest& request, std::string_view name) {
  return std::ranges::any_of(request.headers, [&](const std::string& line) {
    return absl::StartsWithIgnoreCase(line, base::ToAbsl(name));
  });
}

absl::Status ReadUrl(const Json& input, HttpRequest& request) {
  const Json& url = input.at("url");
  if (!url.is_string()) return base::InvalidInput("url", "must be a text");
  request.url = url.get<std::string>();
  const bool web = absl::StartsWithIgnoreCase(request.url, "http://") ||
                   absl::StartsWithIgnoreCase(request.url, "https://");
  if (!web || !IsOneLine(request.url) || request.url.size() > base::kHttpTargetBytesMax) {
    return base::InvalidInput("url", "must begin with http:// or https://, in one line");
  }
  // requests encodes what may not stand in a URL.
  std::string encoded;
  for (const char c : request.url) {
    const auto byte = static_cast<unsigned char>(c);
    encoded += byte > ' ' && byte < 0x7f ? std::string(1, c) : PercentEncoded({&c, 1});
  }
  request.url = std::move(encoded);
  if (const Json* params = Given(input, "params")) {
    GREGALE_ASSIGN_OR_RETURN(const std::string query, QueryOf(*params));
    if (query.empty()) return absl::OkStatus();
    const size_t fragment = std::min(request.url.find('#'), request.url.size());
    const char mark = request.url.substr(0, fragment).find('?') == std::string::npos ? '?' : '&';
    request.url.insert(fragment, base::Cat(std::string(1, mark), query));
  }
  return absl::OkStatus();
}

absl::Status ReadMethod(const Json& input, HttpRequest& request) {
  const Json* method = Given(input, "method");
  if (method == nullptr) return absl::OkStatus();
  if (!method->is_string() || !IsToken(method->get<std::string>())) {
    return base::InvalidInput("method", "must be a word");
  }
  request.method = absl::AsciiStrToUpper(method->get<std::string>());
  return absl::OkStatus();
}

absl::Status ReadHeaders(const Json& input, HttpRequest& request) {
  if (const Json* headers = Given(input, "headers")) {
    if (!headers->is_object()) return base::InvalidInput("headers", "must be an object");
    for (const auto& [name, value] : headers->items()) {
      const std::string text = PythonText(value);
      if (!IsToken(name) || !IsOneLine(text)) {
        return base::InvalidInput("headers", "each must be a word and one line");
      }
      // libcurl takes "Name:" as the wish to send no such header, "Name;" as an empty one.
      request.headers.push_back(text.empty() ? base::Cat(name, ";") : base::Cat(name, ": ", text));
    }
  }
  const Json* cookies = Given(input, "cookies");
  if (cookies == nullptr) return absl::OkStatus();
  if (!cookies->is_object()) return base::InvalidInput("cookies", "must be an object");
  std::string line;
  for (const auto& [name, value] : cookies->items()) {
    base::Append(line, line.empty() ? "Cookie: " : "; ", name, "=", PythonText(value));
  }
  if (!IsOneLine(line)) return base::InvalidInput("cookies", "each must be one line");
  if (!line.empty()) request.headers.push_back(line);
  return absl::OkStatus();
}

absl::Status ReadBody(const Json& input, HttpRequest& request) {
  const Json* body = Given(input, "body");
  const Json* json = Given(input, "json");
  if (body != nullptr) {
    // Mistral's action makes JSON of a dict, without a header that says so.
    request.body = body->is_string() ? body->get<std::string>() : base::DumpJson(*body);
  } else if (json != nullptr) {
    request.body = base::DumpJson(*json);
  }
  request.has_body = body != nullptr || json != nullptr;
  if (request.body.size() > kRequestBytesMax) {
    return base::InvalidInput("body", base::Cat("has more than ", kRequestBytesMax, " bytes"));
  }
  if (!HasHeader(request, "content-type")) {
    const bool says = body == nullptr && json != nullptr;
    request.headers.push_back(says ? "Content-Type: application/json" : "Content-Type:");
  }
  request.headers.push_back("Expect:");  // no round trip before the body
  return absl::OkStatus();
}

absl::Status ReadSecurity(const Json& input, HttpRequest& request) {
  if (const Json* auth = Given(input, "auth")) {
    const std::string text = auth->is_string() ? auth->get<std::string>() : "";
    const size_t colon = text.find(':');
    if (colon == std::string::npos || !IsOneLine(text)) {
      return base::InvalidInput("auth", "must be 'user:password'");
    }
    request.user = text.substr(0, colon);
    request.password = text.substr(colon + 1);
  }
  const Json* verify = Given(input, "verify");
  if (verify != nullptr && verify->is_string()) {
    request.ca_file = verify->get<std::string>();
  } else if (verify != nullptr) {
    request.verify = IsTrue(*verify);
  }
  const Json* follow = Given(input, "allow_redirects");
  request.follow_redirects = follow != nullptr && IsTrue(*follow);
  const Json* proxies = Given(input, "proxies");
  if (proxies == nullptr) return absl::OkStatus();
  if (!proxies->is_object()) return base::InvalidInput("proxies", "must be an object");
  const std::string scheme = absl::StartsWithIgnoreCase(request.url, "https") ? "https" : "http";
  const Json* proxy = Given(*proxies, scheme.c_str());
  if (proxy == nullptr) return absl::OkStatus();
  if (!proxy->is_string() || !IsOneLine(proxy->get<std::string>())) {
    return base::InvalidInput("proxies", "each must be a URL");
  }
  request.proxy = proxy->get<std::string>();
  return absl::OkStatus();
}

std::optional<std::string_view> HeaderOf(const Reply& reply, std::string_view name) {
  for (const auto& [key, value] : reply.headers) {
    if (absl::EqualsIgnoreCase(key, base::ToAbsl(name))) return value;
  }
  return std::nullopt;
}

// As requests reads it from the headers.
Json EncodingOf(const Reply& reply) {
  const std::string type =
      absl::AsciiStrToLower(base::ToAbsl(HeaderOf(reply, "content-type").value_or("")));
  constexpr std::string_view kCharset = "charset=";
  if (const size_t at = type.find(kCharset); at != std::string::npos) {
    std::string name = type.substr(at + kCharset.size());
    name = name.substr(0, name.find(';'));
    std::erase_if(name, [](char c) { return c == '"' || c == '\'' || c == ' '; });
    return name;
  }
  if (type.find("text") != std::string::npos) return "ISO-8859-1";
  if (type.find("application/json") != std::string::npos) return "utf-8";
  return nullptr;
}

Json CookiesOf(const Reply& reply) {
  Json cookies = Json::object();
  for (const auto& [name, value] : reply.headers) {
    if (!absl::EqualsIgnoreCase(name, "set-cookie")) continue;
    const std::string pair = value.substr(0, value.find(';'));
    const size_t equals = pair.find('=');
    if (equals == std::string::npos) continue;
    cookies[base::ToUtf8(pair.substr(0, equals))] = base::ToUtf8(pair.substr(equals + 1));
  }
  return cookies;
}

Json HeadersOf(const Reply& reply) {
  Json headers = Json::object();
  for (const auto& [name, value] : reply.headers) {
    const std::string key = base::ToUtf8(name);
    const std::string text = base::ToUtf8(value);
    headers[key] = headers.contains(key)
                       ? base::Cat(headers[key].get_ref<const std::string&>(), ", ", text)
                       : text;
  }
  return headers;
}

}  // namespace

absl::StatusOr<HttpInput> ParseHttpInput(const Json& input) {
  HttpInput result{.timeout = kTransferTime};
  GREGALE_RETURN_IF_ERROR(ReadUrl(input, result.request));
  GREGALE_RETURN_IF_ERROR(ReadMethod(input, result.request));
  GREGALE_RETURN_IF_ERROR(ReadHeaders(input, result.request));
  GREGALE_RETURN_IF_ERROR(ReadBody(input, result.request));
  GREGALE_RETURN_IF_ERROR(ReadSecurity(input, result.request));
  const Json* timeout = Given(input, "timeout");
  if (timeout == nullptr) return result;
  const double most = absl::ToDoubleSeconds(kTransferTimeMax);
  if (!timeout->is_number() || *timeout <= 0 || *timeout > most) {
    return base::InvalidInput("timeout",
                              base::Cat("must be a number of seconds above 0, at most ", most));
  }
  result.timeout = std::max(absl::Seconds(timeout->get<double>()), absl::Milliseconds(1));
  return result;
}

Json ShowReply(const Reply& reply) {
  auto content = base::ParseJson(reply.body);
  return {{"content", content.ok() ? *std::move(content) : Json(base::ToUtf8(reply.body))},
          {"status", reply.status},
          {"headers", HeadersOf(reply)},
          {"url", base::ToUtf8(reply.url)},
          {"history", Json::array()},
          {"encoding", EncodingOf(reply)},
          {"reason", base::ToUtf8(reply.reason)},
          {"cookies", CookiesOf(reply)},
          {"elapsed", absl::ToDoubleSeconds(reply.elapsed)}};
}

}  // namespace gregale::executor
