#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "executions/executions.h"
#include "sim/sim_conductor.h"
#include "sim/sim_executor.h"
#include "sim/sim_network.h"
#include "sim/sim_store.h"
#include "support/fake_vim_driver.h"
#include "support/seeded_random.h"

namespace gregale::sim {

struct Mutant;

// A run: everything in it follows from the seed.
struct RunOptions {
  uint64_t seed = 1;
  absl::Duration duration = absl::Seconds(30);  // with faults; then it must come to rest
  bool trace = false;
  const Mutant* mutant = nullptr;  // a planted bug
};

// What came of it.
struct RunResult {
  std::string violation;  // "" where every property held
  uint64_t trace_hash = 0;
  int vnfs = 0;
  int breaks = 0;
  int respawns = 0;
  int faults = 0;
  int executions = 0;
};

// Conductors, executors, a store, a VIM and operators in simulated time, on one thread.
class SimWorld {
 public:
  explicit SimWorld(const RunOptions& options);
  ~SimWorld();
  RunResult Run();

 private:
  friend class Properties;
  // What the operators and the faults did to a VNF.
  struct Subject {
    bool deleted = false;
    int breaks = 0;
  };

  void Step();
  void Advance(Node& node, absl::Duration time);
  void Disturb();
  void DisturbNode(uint64_t which);
  void SkewClock(Node& node);
  void Operate();
  void CreateVnf();
  void DeleteVnf();
  void BreakVnf();
  void StartExecution();
  void StopExecution();
  void Stall(Node& node);
  void Rest();
  std::string AnyVnf();
  void Trace(const std::string& line);
  Node& AnyNode();

  const RunOptions options_;
  base::SeededRandom random_;
  base::SimScheduler clock_;
  std::unique_ptr<SharedDatabase> database_;
  StoreFaults none_;
  std::unique_ptr<store::Store> store_;  // the operators'
  infra::FakeVimDriver vim_{"local"};
  VimCalls vim_calls_;
  SimNetwork network_{clock_, random_};
  std::map<std::string, std::unique_ptr<SimExecutor>> executors_;
  std::map<std::string, std::unique_ptr<SimConductor>> conductors_;
  std::map<std::string, Subject> subjects_;  // by VNF id
  executions::Executions engine_{random_};   // the operators'
  std::vector<std::string> started_;         // executions
  std::set<uint64_t> kinds_;                 // of faults in this run
  base::MonoTime mend_at_;
  bool stalled_ = false;  // a node is inside a call, and the world goes on
  RunResult result_;
};

}  // namespace gregale::sim
