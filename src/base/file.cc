#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "base/text.h"
#include "base/unique_fd.h"

namespace gregale::base {
namespace {

absl::Status FileError(int error, const std::string& path) {
  return absl::ErrnoToStatus(error, path);
}

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::string& path, size_t bytes_max) {
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return FileError(errno, path);
  constexpr size_t kChunkBytes = 64 << 10;
  std::string content;
  // Reads one byte more than allowed, to see that there is more.
  while (content.size() <= bytes_max) {
    const size_t had = content.size();
    const size_t wanted = std::min(kChunkBytes, bytes_max + 1 - had);
    content.resize(had + wanted);
    const ssize_t got = read(fd.get(), content.data() + had, wanted);
    const int error = errno;
    content.resize(had + (got > 0 ? static_cast<size_t>(got) : 0));
    if (got == 0) return content;
    if (got < 0 && error != EINTR) return FileError(error, path);
  }
  return absl::ResourceExhaustedError(Cat(path, ": larger than ", bytes_max, " bytes"));
}

}  // namespace gregale::base
