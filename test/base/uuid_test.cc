#include "base/uuid.h"

#include <catch2/catch.hpp>
#include <string>

namespace gregale::base {
namespace {

TEST_CASE("A UUID keeps its text, in lower case, and its order") {
  const std::string text = "0f0e9679-7425-40de-944b-e07fc1f90ae7";
  const auto uuid = Uuid::Parse(text);
  REQUIRE(uuid.has_value());
  CHECK(uuid->ToText() == text);
  CHECK(Uuid::Parse("0F0E9679-7425-40DE-944B-E07FC1F90AE7") == uuid);
  CHECK(*uuid < *Uuid::Parse("0f0e9679-7425-40de-944b-e07fc1f90ae8"));
  CHECK(*uuid < *Uuid::Parse("1f0e9679-7425-40de-944b-e07fc1f90ae7"));
  CHECK(Uuid().ToText() == "00000000-0000-0000-0000-000000000000");
}

TEST_CASE("What has not the form of a UUID is none") {
  const std::string text =
      GENERATE("", "0f0e9679", "0f0e9679-7425-40de-944b-e07fc1f90ae",
               "0f0e9679x7425-40de-944b-e07fc1f90ae7", "0f0e9679-7425-40de-944b-e07fc1f90aeg",
               "0f0e9679-7425-40de-944b-e07fc1f90ae-", "0f0e9679-7425-40de-944b-e07fc1f90ae7 ",
               "0f0e9679-7425-40de-944b-e07fc1f90a:7", "0f0e9679-7425-40de-944b-e07fc1f90a@7");
  CHECK_FALSE(Uuid::Parse(text).has_value());
}

}  // namespace
}  // namespace gregale::base
