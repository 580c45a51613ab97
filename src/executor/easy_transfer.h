#pragma once

#include <curl/curl.h>

#include <memory>
#include <string>
#include <variant>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "executor/transfers.h"

namespace gregale::executor {

// One transfer as libcurl has it. Stays where it is: libcurl points to it.
class EasyTransfer {
 public:
  EasyTransfer(uint64_t id, std::variant<HttpRequest, Mail> what, absl::Duration timeout);
  EasyTransfer(const EasyTransfer&) = delete;
  EasyTransfer& operator=(const EasyTransfer&) = delete;

  uint64_t id() const { return id_; }
  CURL* easy() const { return easy_.get(); }
  // What came of it, once libcurl is done with it.
  absl::StatusOr<Reply> Result(CURLcode code);

 private:
  struct Free {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
    void operator()(curl_mime* mime) const { curl_mime_free(mime); }
  };
  using List = std::unique_ptr<curl_slist, Free>;

  static size_t OnBody(const char* data, size_t size, size_t count, void* self);
  static size_t OnHeader(const char* data, size_t size, size_t count, void* self);
  static List MakeList(const std::vector<std::string>& lines);
  void Set(const HttpRequest& request);
  void SetMethod(const HttpRequest& request);
  void Set(const Mail& mail);

  const uint64_t id_;
  const std::variant<HttpRequest, Mail> what_;
  std::unique_ptr<CURL, Free> easy_;
  std::unique_ptr<curl_mime, Free> mime_;
  List headers_;
  List recipients_;
  Reply reply_;
  size_t header_bytes_ = 0;
  bool too_large_ = false;
  std::string error_;
};

}  // namespace gregale::executor
