#include "cli/admin_token.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>

#include "cli/endpoints.h"
#include "support/seeded_random.h"
#include "temp_directory.h"

namespace gregale::cli {
namespace {

TEST_CASE("the admin's token is made once, for its owner alone") {
  const TempDirectory directory;
  base::SeededRandom random(1);
  REQUIRE(EnsureAdminToken(directory.path(), random).ok());
  struct stat file = {};
  REQUIRE(stat(AdminTokenPath(directory.path()).c_str(), &file) == 0);
  CHECK((file.st_mode & 0777) == 0600);
  const auto token = ReadToken(AdminTokenPath(directory.path()));
  REQUIRE(token.ok());
  CHECK(token->size() == 43);
  REQUIRE(EnsureAdminToken(directory.path(), random).ok());
  CHECK(*ReadToken(AdminTokenPath(directory.path())) == *token);
}

TEST_CASE("a file without a token that can be sent is refused") {
  const TempDirectory directory;
  const std::string path = directory.path() + "/tokens";
  CHECK_FALSE(ReadToken(path).ok());
  for (const char* text : {"", "# nothing\n", "sha256:abc admin admin\n"}) {
    std::ofstream(path) << text;
    CHECK(absl::IsInvalidArgument(ReadToken(path).status()));
  }
  std::ofstream(path) << "# who\n\ntoken-of-the-file admin admin\n";
  CHECK(*ReadToken(path) == "token-of-the-file");
}

TEST_CASE("the directory's token goes to its own server and to no other") {
  const TempDirectory directory;
  base::SeededRandom random(1);
  REQUIRE(EnsureAdminToken(directory.path(), random).ok());
  unsetenv("GREGALE_TOKEN");
  Settings settings = {.dir = directory.path()};
  CHECK(*ServerToken(settings) == *ReadToken(AdminTokenPath(directory.path())));
  settings.server = "10.0.0.1:9891";
  CHECK(ServerToken(settings)->empty());
  settings.token_file = AdminTokenPath(directory.path());
  CHECK_FALSE(ServerToken(settings)->empty());
  settings.token_file += "2";
  CHECK_FALSE(ServerToken(settings).ok());
}

}  // namespace
}  // namespace gregale::cli
