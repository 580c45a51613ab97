#include "cli/admin_token.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <sstream>

#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/token.h"
#include "base/unique_fd.h"

namespace gregale::cli {

std::string AdminTokenPath(const std::string& directory) { return directory + "/admin.token"; }

absl::Status EnsureAdminToken(const std::string& directory, base::Random& random) {
  const std::string path = AdminTokenPath(directory);
  if (access(path.c_str(), F_OK) == 0) return absl::OkStatus();
  const std::string fresh = path + ".new";
  unlink(fresh.c_str());
  base::UniqueFd file(open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  const std::string line = base::Cat(base::NewToken(random), " admin admin\n");
  if (!file.valid() ||
      write(file.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()) ||
      rename(fresh.c_str(), path.c_str()) != 0) {
    return absl::ErrnoToStatus(errno, base::Cat("cannot write ", path));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadToken(const std::string& path) {
  GREGALE_ASSIGN_OR_RETURN(const std::string text, base::ReadFile(path, base::kTokenFileBytesMax));
  for (const std::string_view line : base::Split(text, '\n')) {
    std::istringstream words{std::string(line)};
    std::string token;
    if (!(words >> token) || token.front() == '#') continue;
    if (token.starts_with("sha256:")) break;
    return token;
  }
  return absl::InvalidArgumentError(base::Cat(path, ": no token in it"));
}

}  // namespace gregale::cli
