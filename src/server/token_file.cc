#include "server/token_file.h"

#include <memory>
#include <sstream>

#include "absl/strings/ascii.h"
#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/text.h"
#include "base/token.h"
#include "server/accounts.h"

namespace gregale::server {
namespace {

constexpr size_t kDigestChars = 64;
constexpr size_t kTokenCharsMin = 16;

bool IsDigest(std::string_view text) {
  if (text.size() != kDigestChars) return false;
  for (const char c : text) {
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return false;
  }
  return true;
}

bool IsSameFile(const struct stat& a, const struct stat& b) {
  return a.st_ino == b.st_ino && a.st_size == b.st_size && a.st_mode == b.st_mode &&
         a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec &&
         a.st_ctim.tv_sec == b.st_ctim.tv_sec && a.st_ctim.tv_nsec == b.st_ctim.tv_nsec;
}

absl::Status BadLine(size_t number, std::string_view why) {
  return absl::InvalidArgumentError(base::Cat("line ", number, ": ", why));
}

}  // namespace

absl::StatusOr<std::unique_ptr<TokenFile>> TokenFile::Open(const std::string& path) {
  std::unique_ptr<TokenFile> file(new TokenFile(path));
  base::MutexLock lock(file->mutex_);
  if (const absl::Status loaded = file->Load(); !loaded.ok()) {
    return absl::Status(loaded.code(), base::Cat("token file ", path, ": ", loaded.message()));
  }
  return file;
}

absl::StatusOr<Caller> TokenFile::Authenticate(std::string_view token) {
  const std::string digest = base::TokenDigest(token);
  base::MutexLock lock(mutex_);
  struct stat now = {};
  if (stat(path_.c_str(), &now) != 0) now = {};
  if (!IsSameFile(now, seen_)) {
    const absl::Status loaded = Load();
    if (!loaded.ok()) {
      base::LogError("the token file cannot be used",
                     {{"path", path_}, {"error", std::string(loaded.message())}});
    }
  }
  const Entry* found = nullptr;
  for (const Entry& entry : entries_) {
    if (base::SameSecret(entry.digest, digest)) found = &entry;
  }
  if (found == nullptr) return NotAuthenticated();
  return found->caller;
}

absl::Status TokenFile::Load() {
  entries_.clear();
  seen_ = {};
  struct stat before = {};
  if (stat(path_.c_str(), &before) != 0) return absl::FailedPreconditionError("it is not there");
  if (!S_ISREG(before.st_mode)) return absl::FailedPreconditionError("it is not a file");
  seen_ = before;
  if ((before.st_mode & 077) != 0) {
    return absl::FailedPreconditionError("others may read it; its mode must be 0600");
  }
  GREGALE_ASSIGN_OR_RETURN(const std::string text, base::ReadFile(path_, base::kTokenFileBytesMax));
  GREGALE_ASSIGN_OR_RETURN(entries_, Parse(text));
  return absl::OkStatus();
}

absl::StatusOr<std::vector<TokenFile::Entry>> TokenFile::Parse(std::string_view text) {
  std::vector<Entry> entries;
  size_t number = 0;
  for (const std::string_view line : base::Split(text, '\n')) {
    ++number;
    std::istringstream words{std::string(line)};
    std::string token, project, role, more;
    if (!(words >> token) || token.front() == '#') continue;
    if (!(words >> project >> role) || words >> more) {
      return BadLine(number, "it is not TOKEN PROJECT ROLE");
    }
    if (role != "admin" && role != "member") return BadLine(number, "no role but admin and member");
    std::string_view secret = token;
    const bool is_digest = base::TakePrefix(secret, "sha256:");
    if (is_digest && !IsDigest(secret)) return BadLine(number, "no SHA-256 in hexadecimal digits");
    if (!is_digest && secret.size() < kTokenCharsMin) {
      return BadLine(number, base::Cat("a token shorter than ", kTokenCharsMin, " characters"));
    }
    if (entries.size() == base::kTokensPerFileMax) {
      return BadLine(number, base::Cat("more than ", base::kTokensPerFileMax, " tokens"));
    }
    entries.push_back({.digest = is_digest ? std::string(secret) : base::TokenDigest(secret),
                       .caller = {.tenant_id = project, .is_admin = IsAdminRole(role)}});
  }
  return entries;
}

}  // namespace gregale::server
