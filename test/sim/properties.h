#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>

#include "sim/sim_world.h"

namespace gregale::sim {

// What must hold whatever happens (safety), and what must come to hold when nothing disturbs any
// more (liveness). Each answers "" or what is wrong, in words.
class Properties {
 public:
  explicit Properties(SimWorld& world) : world_(world) {}

  // After every tenth of a second:
  //   an incident is answered once: no VNF is respawned more often than it was broken;
  //   epochs only rise;
  //   no action id runs in two lives of executors, unless the action is safe to be run again;
  //   one conductor at a time works on a deployment, as long as its lease lasts;
  //   an acknowledged VNF is there until its deletion was asked for.
  std::string Safety();
  // At rest: every execution has ended, and so have its actions; every VNF that was not deleted is
  // ACTIVE and answers; exactly one executor monitors it, under the current action id with the
  // newest input; no operation is open; nothing runs that nobody knows; the VIM has what the VNFs
  // need and no more.
  std::string Liveness();

 private:
  SimWorld& world_;
  std::map<std::string, int64_t> session_epochs_;
  std::map<std::string, std::string> shown_;  // in the trace, by VNF id
  // Where each action was seen to run, and which may run again.
  std::map<std::string, std::set<std::pair<std::string, int>>> lives_;
  std::set<std::string> safe_;
};

}  // namespace gregale::sim
