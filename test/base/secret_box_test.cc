#include "base/secret_box.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <set>

#include "base/text.h"

namespace gregale::base {
namespace {

class TemporaryDirectory {
 public:
  TemporaryDirectory() { REQUIRE(mkdtemp(path_.data()) != nullptr); }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string File(std::string_view name) const { return Cat(path_, "/", name); }

 private:
  std::string path_ = "/tmp/gregale-secret-XXXXXX";
};

TEST_CASE("What is sealed can be opened with the same key file and not with another") {
  TemporaryDirectory directory;
  const auto box = SecretBox::FromKeyFile(directory.File("key"));
  REQUIRE(box.ok());
  const std::string sealed = box->Seal("s3cret");
  REQUIRE(sealed.starts_with("v1:"));
  REQUIRE_FALSE(Contains(sealed, "s3cret"));
  REQUIRE(box->Seal("s3cret") != sealed);

  const auto reopened = SecretBox::FromKeyFile(directory.File("key"));
  REQUIRE(reopened.ok());
  REQUIRE(reopened->Open(sealed).value() == "s3cret");
  REQUIRE(reopened->Open(box->Seal("")).value() == "");

  const auto other = SecretBox::FromKeyFile(directory.File("other"));
  REQUIRE(other->Open(sealed).status().code() == absl::StatusCode::kDataLoss);
}

TEST_CASE("Changed or foreign texts are data loss, never a crash") {
  const SecretBox box(std::array<unsigned char, 32>{1, 2, 3});
  const std::string sealed = box.Seal("secret");
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    CAPTURE(i);
    REQUIRE(box.Open(changed).status().code() == absl::StatusCode::kDataLoss);
    REQUIRE_FALSE(box.Open(sealed.substr(0, i)).ok());
  }
  REQUIRE_FALSE(box.Open("plain text").ok());
}

TEST_CASE("A key file is made for its owner alone, and refused where others may read it") {
  TemporaryDirectory directory;
  const std::string path = directory.File("key");
  REQUIRE(SecretBox::FromKeyFile(path).ok());
  struct stat file;
  REQUIRE(stat(path.c_str(), &file) == 0);
  REQUIRE((file.st_mode & 0777) == 0600);
  REQUIRE(std::distance(std::filesystem::directory_iterator(directory.File("")), {}) == 1);

  REQUIRE(chmod(path.c_str(), 0644) == 0);
  REQUIRE(SecretBox::FromKeyFile(path).status().code() == absl::StatusCode::kFailedPrecondition);
  REQUIRE_FALSE(SecretBox::FromKeyFile(directory.File("none/key")).ok());
  REQUIRE_FALSE(SecretBox::FromKeyFile("/dev/zero").ok());
  std::ofstream(directory.File("short")) << "short";
  chmod(directory.File("short").c_str(), 0600);
  REQUIRE(Contains(FromAbsl(SecretBox::FromKeyFile(directory.File("short")).status().message()),
                   "not 32 bytes"));
}

}  // namespace
}  // namespace gregale::base
