#include "server/token_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/token.h"

namespace gregale::server {
namespace {

// A token file that goes with everything.
class File {
 public:
  File() {
    std::string name = (std::filesystem::temp_directory_path() / "gregale-tokens-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    folder_ = name;
  }
  ~File() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  std::string path() const { return folder_ / "tokens"; }
  // Replaces it in one step, as an operator should.
  void Write(const std::string& text, mode_t mode = 0600) {
    const std::string fresh = path() + ".new";
    std::ofstream(fresh) << text;
    REQUIRE(chmod(fresh.c_str(), mode) == 0);
    REQUIRE(rename(fresh.c_str(), path().c_str()) == 0);
  }

 private:
  std::filesystem::path folder_;
};

TEST_CASE("tokens of the file are known, by themselves or by their digest") {
  File file;
  file.Write("# who\n\naaaaaaaaaaaaaaaa acme member\nsha256:" +
             base::TokenDigest("bbbbbbbbbbbbbbbb") + " admin admin\n");
  auto tokens = TokenFile::Open(file.path());
  INFO(tokens.status());
  REQUIRE(tokens.ok());
  const auto member = (*tokens)->Authenticate("aaaaaaaaaaaaaaaa");
  REQUIRE(member.ok());
  CHECK(member->tenant_id == "acme");
  CHECK_FALSE(member->is_admin);
  CHECK((*tokens)->Authenticate("bbbbbbbbbbbbbbbb")->is_admin);
  for (const std::string& other :
       {std::string(), std::string("aaaaaaaaaaaaaaa"), std::string("aaaaaaaaaaaaaaaab"),
        "sha256:" + base::TokenDigest("bbbbbbbbbbbbbbbb"), base::TokenDigest("bbbbbbbbbbbbbbbb")}) {
    CHECK(absl::IsUnauthenticated((*tokens)->Authenticate(other).status()));
  }
}

TEST_CASE("a changed file counts at once; an unusable one lets nobody in") {
  File file;
  file.Write("aaaaaaaaaaaaaaaa acme member\n");
  auto tokens = TokenFile::Open(file.path());
  REQUIRE(tokens.ok());
  file.Write("cccccccccccccccc acme member\n");
  CHECK(absl::IsUnauthenticated((*tokens)->Authenticate("aaaaaaaaaaaaaaaa").status()));
  CHECK((*tokens)->Authenticate("cccccccccccccccc").ok());
  file.Write("cccccccccccccccc acme king\n");
  CHECK(absl::IsUnauthenticated((*tokens)->Authenticate("cccccccccccccccc").status()));
  file.Write("cccccccccccccccc acme member\n", 0644);
  CHECK(absl::IsUnauthenticated((*tokens)->Authenticate("cccccccccccccccc").status()));
  file.Write("cccccccccccccccc acme member\n");
  CHECK((*tokens)->Authenticate("cccccccccccccccc").ok());
  unlink(file.path().c_str());
  CHECK(absl::IsUnauthenticated((*tokens)->Authenticate("cccccccccccccccc").status()));
}

TEST_CASE("a file that cannot be meant is refused with its line") {
  File file;
  for (const char* text :
       {"x acme member\n", "aaaaaaaaaaaaaaaa acme\n", "aaaaaaaaaaaaaaaa acme member more\n",
        "aaaaaaaaaaaaaaaa acme king\n", "sha256:abc acme member\n"}) {
    file.Write(std::string("\n") + text);
    const absl::Status status = TokenFile::Open(file.path()).status();
    INFO(text << status);
    CHECK(absl::IsInvalidArgument(status));
    CHECK(status.message().find("line 2") != std::string::npos);
    CHECK(status.message().find("aaaaaaaaaaaaaaaa") == std::string::npos);
  }
  file.Write("aaaaaaaaaaaaaaaa acme member\n", 0640);
  CHECK(absl::IsFailedPrecondition(TokenFile::Open(file.path()).status()));
  CHECK_FALSE(TokenFile::Open(file.path() + "2").ok());
}

}  // namespace
}  // namespace gregale::server
