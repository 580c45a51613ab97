#include "base/password.h"

#include <catch2/catch.hpp>

#include "base/token.h"
#include "support/seeded_random.h"

namespace gregale::base {
namespace {

TEST_CASE("a password fits its hash and no other") {
  PasswordHasher hasher(PasswordCost::Least());
  const std::string hash = *hasher.Hash("correct horse");
  CHECK(hash.starts_with("$argon2id$"));
  CHECK(hash.find("horse") == std::string::npos);
  CHECK(*hasher.Verify("correct horse", hash));
  CHECK_FALSE(*hasher.Verify("correct horsf", hash));
  CHECK_FALSE(*hasher.Verify("", hash));
  CHECK_FALSE(*hasher.Verify("correct horse", "no hash"));
  CHECK(*hasher.Hash("correct horse") != hash);
}

TEST_CASE("nobody's password is never right") {
  PasswordHasher hasher(PasswordCost::Least());
  CHECK_FALSE(*hasher.Verify("nobody's", ""));
  CHECK_FALSE(*hasher.Verify("", ""));
}

TEST_CASE("tokens differ, can be a header's value, and have sha256sum's digest") {
  SeededRandom random(1);
  const std::string token = NewToken(random);
  CHECK(token.size() == 43);
  CHECK(token.find_first_of("+/= \n") == std::string::npos);
  CHECK(NewToken(random) != token);
  CHECK(TokenDigest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(SameSecret("abc", "abc"));
  CHECK_FALSE(SameSecret("abc", "abd"));
  CHECK_FALSE(SameSecret("abc", "ab"));
}

}  // namespace
}  // namespace gregale::base
