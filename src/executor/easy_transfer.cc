#include "executor/easy_transfer.h"

#include <algorithm>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "base/text.h"
#include "executor/action_limits.h"

namespace gregale::executor {
namespace {

std::string_view Trimmed(std::string_view text) {
  return base::FromAbsl(absl::StripAsciiWhitespace(base::ToAbsl(text)));
}

}  // namespace

EasyTransfer::EasyTransfer(uint64_t id, std::variant<HttpRequest, Mail> what,
                           absl::Duration timeout)
    : id_(id), what_(std::move(what)), easy_(curl_easy_init()), error_(CURL_ERROR_SIZE, '\0') {
  CURL* easy = easy_.get();
  curl_easy_setopt(easy, CURLOPT_PRIVATE, this);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error_.data());
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(absl::ToInt64Milliseconds(timeout)));
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &EasyTransfer::OnBody);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  // Nothing of this process's environment or home directory has a say.
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  std::visit([this](const auto& w) { Set(w); }, what_);
}

EasyTransfer::List EasyTransfer::MakeList(const std::vector<std::string>& lines) {
  List list;
  for (const std::string& line : lines) {
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    list.release();  // is the beginning of the longer one
    list.reset(longer);
  }
  return list;
}

void EasyTransfer::Set(const HttpRequest& request) {
  CURL* easy = easy_.get();
  curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  // The version whose answers have a reason, and headers as they were written.
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "gregale");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, request.follow_redirects ? 1L : 0L);
  curl_easy_setopt(easy, CURLOPT_MAXREDIRS, kRedirectsMax);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, request.verify ? 1L : 0L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, request.verify ? 2L : 0L);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &EasyTransfer::OnHeader);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
  if (!request.ca_file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, request.ca_file.c_str());
  if (!request.proxy.empty()) curl_easy_setopt(easy, CURLOPT_PROXY, request.proxy.c_str());
  if (!request.user.empty()) {
    curl_easy_setopt(easy, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    curl_easy_setopt(easy, CURLOPT_USERNAME, request.user.c_str());
    curl_easy_setopt(easy, CURLOPT_PASSWORD, request.password.c_str());
  }
  SetMethod(request);
  headers_ = MakeList(request.headers);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_.get());
}

void EasyTransfer::SetMethod(const HttpRequest& request) {
  CURL* easy = easy_.get();
  if (request.has_body || request.method == "POST") {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.c_str());
  }
  if (request.method == "HEAD") {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  } else if (request.method != "POST" && (request.method != "GET" || request.has_body)) {
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }
}

void EasyTransfer::Set(const Mail& mail) {
  CURL* easy = easy_.get();
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp");
  curl_easy_setopt(easy, CURLOPT_URL, base::Cat("smtp://", mail.server).c_str());
  curl_easy_setopt(easy, CURLOPT_MAIL_FROM, base::Cat("<", mail.from, ">").c_str());
  if (!mail.password.empty()) {
    curl_easy_setopt(easy, CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_ALL));
    curl_easy_setopt(easy, CURLOPT_USERNAME, mail.from.c_str());
    curl_easy_setopt(easy, CURLOPT_PASSWORD, mail.password.c_str());
  }
  std::vector<std::string> recipients;
  for (const std::string& to : mail.recipients) recipients.push_back(base::Cat("<", to, ">"));
  recipients_ = MakeList(recipients);
  curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, recipients_.get());
  headers_ = MakeList(mail.headers);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_.get());

  mime_.reset(curl_mime_init(easy));
  curl_mime* parts = mime_.get();
  if (!mail.html.empty()) {
    parts = curl_mime_init(easy);  // belongs to the part below
    curl_mimepart* both = curl_mime_addpart(mime_.get());
    curl_mime_subparts(both, parts);
    curl_mime_type(both, "multipart/alternative");
  }
  const auto add = [&](const std::string& text, const char* type) {
    curl_mimepart* part = curl_mime_addpart(parts);
    curl_mime_data(part, text.data(), text.size());
    curl_mime_type(part, type);
    curl_mime_encoder(part, "base64");
  };
  add(mail.text, "text/plain; charset=utf-8");
  if (!mail.html.empty()) add(mail.html, "text/html; charset=utf-8");
  curl_easy_setopt(easy, CURLOPT_MIMEPOST, mime_.get());
}

size_t EasyTransfer::OnBody(const char* data, size_t size, size_t count, void* self) {
  auto& transfer = *static_cast<EasyTransfer*>(self);
  const size_t bytes = size * count;
  if (std::holds_alternative<Mail>(transfer.what_)) return bytes;  // what the server says of it
  if (transfer.reply_.body.size() + bytes > kReplyBytesMax) {
    transfer.too_large_ = true;
    return 0;  // ends the transfer
  }
  transfer.reply_.body.append(data, bytes);
  return bytes;
}

size_t EasyTransfer::OnHeader(const char* data, size_t size, size_t count, void* self) {
  auto& transfer = *static_cast<EasyTransfer*>(self);
  const size_t bytes = size * count;
  transfer.header_bytes_ += bytes;
  if (transfer.header_bytes_ > kReplyHeaderBytesMax) {
    transfer.too_large_ = true;
    return 0;
  }
  const std::string_view line = Trimmed({data, bytes});
  Reply& reply = transfer.reply_;
  if (line.starts_with("HTTP/")) {  // another answer begins: a redirect's, or an interim one's
    reply.headers.clear();
    reply.body.clear();
    const size_t status = line.find(' ');
    const size_t reason = status == line.npos ? line.npos : line.find(' ', status + 1);
    reply.reason = reason == line.npos ? "" : std::string(Trimmed(line.substr(reason)));
  } else if (const size_t colon = line.find(':'); colon != line.npos) {
    reply.headers.emplace_back(line.substr(0, colon), Trimmed(line.substr(colon + 1)));
  }
  return bytes;
}

absl::StatusOr<Reply> EasyTransfer::Result(CURLcode code) {
  if (too_large_) {
    return absl::ResourceExhaustedError(
        base::Cat("the answer has more than ", kReplyBytesMax, " bytes"));
  }
  if (code != CURLE_OK) {
    const std::string detail(error_.c_str());
    return absl::UnavailableError(detail.empty() ? curl_easy_strerror(code) : detail);
  }
  long status = 0;
  curl_off_t microseconds = 0;
  const char* url = nullptr;
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(easy_.get(), CURLINFO_TOTAL_TIME_T, &microseconds);
  curl_easy_getinfo(easy_.get(), CURLINFO_EFFECTIVE_URL, &url);
  reply_.status = static_cast<int>(status);
  reply_.elapsed = absl::Microseconds(microseconds);
  reply_.url = url == nullptr ? "" : url;
  return std::move(reply_);
}

}  // namespace gregale::executor
