#pragma once

#include <sys/stat.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "base/mutex.h"
#include "server/authenticator.h"

namespace gregale::server {

// Knows the tokens of a file, one a line: TOKEN PROJECT ROLE, where TOKEN is the token itself or
// "sha256:" and its digest, PROJECT is a project's id, and ROLE is "admin" or "member". Empty lines
// and those that begin with # do not count. The file must be its owner's alone (mode 0600). It is
// read again when it has changed; while what is there cannot be used, nobody's token is known, and
// the log says why. Thread-safe.
class TokenFile : public Authenticator {
 public:
  // kFailedPrecondition, kInvalidArgument (names the line): the file cannot be used.
  static absl::StatusOr<std::unique_ptr<TokenFile>> Open(const std::string& path);

  // In a time that does not depend on which of its tokens it is.
  absl::StatusOr<Caller> Authenticate(std::string_view token) override;

 private:
  struct Entry {
    std::string digest;
    Caller caller;
  };
  explicit TokenFile(std::string path) : path_(std::move(path)) {}
  static absl::StatusOr<std::vector<Entry>> Parse(std::string_view text);
  absl::Status Load() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string path_;
  base::Mutex mutex_;
  struct stat seen_ ABSL_GUARDED_BY(mutex_) = {};  // of the file, as it was read
  std::vector<Entry> entries_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace gregale::server
