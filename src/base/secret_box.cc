#include "base/secret_box.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "base/unique_fd.h"

namespace gregale::base {
namespace {

constexpr std::string_view kPrefix = "v1:";
constexpr int kBase64 = sodium_base64_VARIANT_ORIGINAL;
using Key = std::array<unsigned char, crypto_secretbox_KEYBYTES>;

void InitSodium() {
  if (sodium_init() < 0) std::abort();
}

absl::Status Unusable(const std::string& path, std::string_view why) {
  return absl::FailedPreconditionError(Cat("key file ", path, ": ", why));
}

std::string ErrnoText(std::string_view what) {
  return std::string(absl::ErrnoToStatus(errno, ToAbsl(what)).message());
}

// Makes the key file, whole or not at all: of two processes that start at once, the second finds
// the first one's.
absl::Status MakeKeyFile(const std::string& path) {
  Key key;
  randombytes_buf(key.data(), key.size());
  std::string draft = path + ".XXXXXX";
  UniqueFd fd(mkostemp(draft.data(), O_CLOEXEC));  // mode 0600
  if (!fd.valid()) return Unusable(path, ErrnoText("cannot be made"));
  absl::Status status;
  if (write(fd.get(), key.data(), key.size()) != static_cast<ssize_t>(key.size()) ||
      fsync(fd.get()) != 0) {
    status = Unusable(path, ErrnoText("cannot be written"));
  } else if (link(draft.c_str(), path.c_str()) != 0 && errno != EEXIST) {
    status = Unusable(path, ErrnoText("cannot be made"));
  }
  unlink(draft.c_str());
  return status;
}

absl::StatusOr<Key> ReadKey(int fd, const std::string& path) {
  struct stat file;
  if (fstat(fd, &file) != 0 || !S_ISREG(file.st_mode)) return Unusable(path, "not a file");
  if ((file.st_mode & 077) != 0) return Unusable(path, "others may read it; its mode must be 0600");
  Key key;
  if (file.st_size != static_cast<off_t>(key.size()) ||
      read(fd, key.data(), key.size()) != static_cast<ssize_t>(key.size())) {
    return Unusable(path, Cat("not ", key.size(), " bytes long"));
  }
  return key;
}

}  // namespace

SecretBox::SecretBox(const std::array<unsigned char, 32>& key) : key_(key) { InitSodium(); }

absl::StatusOr<SecretBox> SecretBox::FromKeyFile(const std::string& path) {
  InitSodium();
  if (access(path.c_str(), F_OK) != 0 && errno == ENOENT) {
    GREGALE_RETURN_IF_ERROR(MakeKeyFile(path));
  }
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.valid()) return Unusable(path, ErrnoText("cannot be opened"));
  GREGALE_ASSIGN_OR_RETURN(const Key key, ReadKey(fd.get(), path));
  return SecretBox(key);
}

std::string SecretBox::Seal(std::string_view plain) const {
  // nonce, then the authenticated ciphertext
  std::vector<unsigned char> sealed(crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES +
                                    plain.size());
  randombytes_buf(sealed.data(), crypto_secretbox_NONCEBYTES);
  crypto_secretbox_easy(sealed.data() + crypto_secretbox_NONCEBYTES,
                        reinterpret_cast<const unsigned char*>(plain.data()), plain.size(),
                        sealed.data(), key_.data());
  std::string text(sodium_base64_encoded_len(sealed.size(), kBase64), '\0');
  sodium_bin2base64(text.data(), text.size(), sealed.data(), sealed.size(), kBase64);
  text.pop_back();  // the terminating zero that the length counts
  return Cat(kPrefix, text);
}

absl::StatusOr<std::string> SecretBox::Open(std::string_view sealed) const {
  const absl::Status broken = absl::DataLossError("a stored secret cannot be read with this key");
  if (!TakePrefix(sealed, kPrefix)) return broken;
  std::vector<unsigned char> bytes(sealed.size());
  size_t size = 0;
  if (sodium_base642bin(bytes.data(), bytes.size(), sealed.data(), sealed.size(), nullptr, &size,
                        nullptr, kBase64) != 0 ||
      size < crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES) {
    return broken;
  }
  std::string plain(size - crypto_secretbox_NONCEBYTES - crypto_secretbox_MACBYTES, '\0');
  if (crypto_secretbox_open_easy(reinterpret_cast<unsigned char*>(plain.data()),
                                 bytes.data() + crypto_secretbox_NONCEBYTES,
                                 size - crypto_secretbox_NONCEBYTES, bytes.data(),
                                 key_.data()) != 0) {
    return broken;
  }
  return plain;
}

}  // namespace gregale::base
