#pragma once

#include <cstdint>
#include <string_view>

#include "absl/time/time.h"
#include "policies/guards.h"

// Whether a failure is acted on now. Pure; the conductor asks it for each report of a failure whose
// answer would change the VNF.
namespace gregale::policies {

// How many monitored VNFs fail, of how many, in one scope: an executor's, a VIM's, or all.
struct Census {
  int64_t failing = 0;
  int64_t monitored = 0;
};

// More fail than single VNFs do: it is the network or the executor.
bool StormBegins(const GuardSettings& settings, const Census& census);
// A storm is over when half of what makes one is left, so that it does not come and go.
bool StormGoesOn(const GuardSettings& settings, const Census& census);

// What a second executor has said of the failure.
enum class Witness {
  kNotNeeded,  // there is nobody to ask, or nobody shall be asked
  kUnasked,    // or it was so long ago that it says nothing any more
  kAsked,
  kAgrees,
  kDisagrees,
};

struct HoldSituation {
  bool paused = false;       // the VNF is under maintenance
  bool destructive = false;  // the answer replaces or removes what has failed
  bool storm = false;
  int64_t failing = 0;  // VNFs in the storm: what holds many asks for repetition less often
  // There are enough monitors for a storm, of which this failure may be among the first reported.
  bool storm_possible = false;
  absl::Duration age;  // since the first report of the failure
  Witness witness = Witness::kNotNeeded;
  int64_t respawns = 0;  // within GuardSettings::respawn_window
};

// The answer.
struct Hold {
  enum class Why {
    kNothing,  // act
    kPaused,   // somebody works on the VNF by hand
    kStorm,
    kSettling,      // wait whether others fail, too
    kAskWitness,    // ask now
    kAwaitWitness,  // it was asked
    kDisagreement,  // it gets answers
    kRespawnLimit,  // act no more: the VNF goes to ERROR
  };
  Why why = Why::kNothing;
  // When the report is to be repeated; while it is, the failure goes on.
  absl::Duration retry_after;
};
Hold DecideHold(const GuardSettings& settings, const HoldSituation& situation);

}  // namespace gregale::policies
