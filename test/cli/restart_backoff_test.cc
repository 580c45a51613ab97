#include "cli/restart_backoff.h"

#include <catch2/catch.hpp>

namespace gregale::cli {
namespace {

TEST_CASE("the wait doubles from 0.1 s to 1 s and begins anew after a long life") {
  RestartBackoff backoff;
  for (const int expected_ms : {100, 200, 400, 800, 1000, 1000}) {
    CHECK(backoff.Next(absl::Seconds(1)) == absl::Milliseconds(expected_ms));
  }
  CHECK(backoff.Next(absl::Seconds(10)) == absl::Milliseconds(100));
  CHECK(backoff.Next(absl::ZeroDuration()) == absl::Milliseconds(200));
}

}  // namespace
}  // namespace gregale::cli
