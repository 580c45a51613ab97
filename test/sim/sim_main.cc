#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "sim/mutants.h"
#include "sim/sim_world.h"

// sim [--seed N] [--seeds N] [--minutes N] [--trace]   runs seeds from N on; the exit status is 0
//                                                      where every property held
// sim --mutants [--seeds N]                            every planted bug must be noticed
namespace gregale::sim {
namespace {

struct Arguments {
  uint64_t seed = 1;
  uint64_t seeds = 1;
  int minutes = 0;
  bool trace = false;
  bool mutants = false;
};

bool Read(int argc, char** argv, Arguments* out) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    const char* value = i + 1 < argc ? argv[i + 1] : nullptr;
    if (word == "--trace") {
      out->trace = true;
    } else if (word == "--mutants") {
      out->mutants = true;
    } else if (value == nullptr) {
      return false;
    } else if (word == "--seed") {
      out->seed = std::strtoull(argv[++i], nullptr, 10);
    } else if (word == "--seeds") {
      out->seeds = std::strtoull(argv[++i], nullptr, 10);
    } else if (word == "--minutes") {
      out->minutes = std::atoi(argv[++i]);
    } else {
      return false;
    }
  }
  return true;
}

int RunSeeds(const Arguments& arguments) {
  const base::SystemClock clock;
  const base::MonoTime end = clock.Mono() + absl::Minutes(arguments.minutes);
  RunResult sum;
  uint64_t runs = 0;
  for (uint64_t seed = arguments.seed; runs < arguments.seeds || clock.Mono() < end;
       ++seed, ++runs) {
    const RunOptions options{.seed = seed, .trace = arguments.trace};
    const RunResult result = SimWorld(options).Run();
    sum.vnfs += result.vnfs;
    sum.breaks += result.breaks;
    sum.respawns += result.respawns;
    sum.faults += result.faults;
    sum.executions += result.executions;
    // Seldom, the same seed again: it must repeat exactly.
    const bool repeats =
        seed % 50 != 1 || SimWorld({.seed = seed}).Run().trace_hash == result.trace_hash;
    if (result.violation.empty() && repeats) continue;
    std::cout << "seed " << seed << ": "
              << (repeats ? result.violation : "it does not repeat exactly")
              << "\n  replay: scripts/sim --seed " << seed << " --trace\n";
    return 1;
  }
  std::cout << runs << " seeds: " << sum.vnfs << " VNFs, " << sum.breaks << " breaks, "
            << sum.respawns << " respawns, " << sum.executions << " executions, " << sum.faults
            << " faults; every property held\n";
  return 0;
}

int RunMutants(uint64_t seeds) {
  int missed = 0;
  for (const Mutant& mutant : Mutants()) {
    std::string violation;
    uint64_t seed = 0;
    while (violation.empty() && seed < seeds) {
      violation = SimWorld({.seed = ++seed, .mutant = &mutant}).Run().violation;
    }
    std::cout << (violation.empty() ? "MISSED " : "caught ") << mutant.name << " (" << seed
              << " seeds): " << violation << std::endl;
    if (violation.empty()) ++missed;
  }
  return missed == 0 ? 0 : 1;
}

int Main(int argc, char** argv) {
  Arguments arguments;
  if (!Read(argc, argv, &arguments)) {
    std::cerr << "usage: sim [--seed N] [--seeds N] [--minutes N] [--trace] [--mutants]\n";
    return 2;
  }
  return arguments.mutants ? RunMutants(arguments.seeds) : RunSeeds(arguments);
}

}  // namespace
}  // namespace gregale::sim

int main(int argc, char** argv) { return gregale::sim::Main(argc, argv); }
