#include "executor/flap_detector.h"

#include <catch2/catch.hpp>

namespace gregale::executor {
namespace {

base::MonoTime At(double seconds) { return base::MonoTime() + absl::Seconds(seconds); }

TEST_CASE(
    "a target flaps after so many recoveries within the window, and until it has been quiet") {
  const policies::FlapDamping damping{.count = 3, .window = absl::Seconds(100)};
  FlapDetector flaps;
  CHECK_FALSE(flaps.Recovered(At(0), damping));
  CHECK_FALSE(flaps.Recovered(At(90), damping));
  CHECK_FALSE(flaps.Recovered(At(120), damping));  // the first is too old
  CHECK_FALSE(flaps.IsFlapping(At(120), damping));
  CHECK(flaps.Recovered(At(130), damping));
  CHECK(flaps.IsFlapping(At(130), damping));
  CHECK_FALSE(flaps.Recovered(At(140), damping));  // it flaps already
  CHECK(flaps.IsFlapping(At(220), damping));
  CHECK_FALSE(flaps.IsFlapping(At(221), damping));
  flaps.Recovered(At(221), damping);
  flaps.Reset();
  CHECK_FALSE(flaps.IsFlapping(At(221), damping));
}

TEST_CASE("a count of zero never flaps") {
  const policies::FlapDamping off{.count = 0};
  FlapDetector flaps;
  for (int i = 0; i < 10; ++i) CHECK_FALSE(flaps.Recovered(At(i), off));
  CHECK_FALSE(flaps.IsFlapping(At(10), off));
}

}  // namespace
}  // namespace gregale::executor
