#include <catch2/catch.hpp>

#include "base/text.h"
#include "conductor/world.h"

// kill -9 at every instant that matters: after each commit of an operation, and before and after
// each call to the VIM. Another conductor goes on when the lease has run out.
namespace gregale::conductor {
namespace {

using store::VnfStatus;

struct Story {
  std::string_view operation;
  // Brings the world to where the operation is open; returns the VNF.
  std::string (*begin)(World& world);
  // What must hold in the end.
  void (*check)(World& world, const std::string& vnf_id);
};

void CheckActive(World& world, const std::string& id) {
  const store::Vnf vnf = world.Vnf(id);
  CHECK(vnf.status == VnfStatus::kActive);
  CHECK(world.vim.deployments() == std::vector<std::string>{vnf.instance_id});
  CHECK(world.vim.Answers(world.Address(id)));
  CHECK(world.Placement(id).action_id == vnf.mistral_action_id);
  CHECK(base::Contains(world.Placement(id).input, world.Address(id)));
}

// The instances of VDU1 are `count`; all answer, and are monitored.
void CheckInstances(World& world, const std::string& id, size_t count) {
  const store::Vnf vnf = world.Vnf(id);
  CHECK(vnf.status == VnfStatus::kActive);
  CHECK(world.vim.deployments() == std::vector<std::string>{vnf.instance_id});
  CHECK(world.Addresses(id).size() == count);
  for (const std::string& address : world.Addresses(id)) {
    CHECK(world.vim.Answers(address));
    CHECK(base::Contains(world.Placement(id).input, address));
  }
}

const Story kStories[] = {
    {"create", [](World& world) { return world.Boot("ping"); },
     [](World& world, const std::string& id) {
       CheckActive(world, id);
       CHECK(world.Events(id).size() == 3);
     }},
    {"respawn",
     [](World& world) {
       const std::string id = world.BootAndRun("ping");
       REQUIRE(world.Send(world.Report(id)).ok());
       return id;
     },
     [](World& world, const std::string& id) {
       CheckActive(world, id);
       CHECK(world.Events(id).size() == 10);
       CHECK(world.CountEvents(id, "VNF respawned: ") == 1);
       CHECK(world.Vnf(id).attributes.at("failure_count") == "1");
       CHECK(world.Placement(id).version == 3);
     }},
    {"scale",
     [](World& world) {
       const std::string id = world.BootAndRun("scaled");
       REQUIRE(world.Scale(id, lifecycle::Direction::kOut).ok());
       return id;
     },
     [](World& world, const std::string& id) {
       CheckInstances(world, id, 3);
       CHECK(world.CountEvents(id, "ACTIVE SCALE ") == 1);
       CHECK(world.CountEvents(id, "VNF scaled out by SP1") == 1);
     }},
    {"heal",
     [](World& world) {
       const std::string id = world.BootAndRun("scaled");
       REQUIRE(world.Heal(id, {.vdu = "VDU1", .instance = 0}).ok());
       return id;
     },
     [](World& world, const std::string& id) {
       CheckInstances(world, id, 2);
       CHECK(world.CountEvents(id, "VNF healed: ") == 1);
     }},
    {"delete",
     [](World& world) {
       const std::string id = world.BootAndRun("ping");
       world.Delete(id);
       return id;
     },
     [](World& world, const std::string& id) {
       CHECK_FALSE(world.Exists(id));
       CHECK_FALSE(world.HasPlacement(id));
       CHECK(world.vim.deployments().empty());
       CHECK(world.CountEvents(id, "VNF Delete Complete") == 1);
     }},
};

// Runs rounds until the worker is killed or all is done; whether it was killed.
bool RunUntilKilled(World& world, OperationWorker& worker) {
  bool ended = false;
  try {
    ended = world.RunAll(worker);
  } catch (const Killed&) {
    return true;
  }
  CHECK(ended);
  return false;
}

void Finish(World& world, const Story& story, const std::string& id) {
  OneConductor other(world, "conductor-2");
  const absl::Time begin = world.clock.Wall();
  REQUIRE(world.RunAll(other.worker));
  // The lease of the dead one, and what the operation itself takes.
  CHECK(world.clock.Wall() - begin < kLease + absl::Seconds(2));
  story.check(world, id);
  for (const std::string& status : world.Operations(story.operation)) CHECK(status == "done");
}

TEST_CASE("an operation survives kill -9 around each call to the VIM") {
  for (const Story& story : kStories) {
    for (const auto when : {DeadlyVimDriver::When::kBefore, DeadlyVimDriver::When::kAfter}) {
      for (int call = 1; call <= 50; ++call) {
        World world;
        world.vim.SetObservationsUntilReady(2);
        const std::string id = story.begin(world);
        INFO(base::Cat(story.operation, " killed at call ", call));
        OneConductor victim(world, "conductor-1");
        world.driver->KillAt(call, when);
        const bool killed = RunUntilKilled(world, victim.worker);
        if (!killed) {
          CHECK(call > 2);
          break;
        }
        Finish(world, story, id);
      }
    }
  }
}

TEST_CASE("an operation survives kill -9 after each of its commits") {
  for (const Story& story : kStories) {
    bool finished = false;
    for (int commits = 0; commits <= 50 && !finished; ++commits) {
      World world;
      world.vim.SetObservationsUntilReady(2);
      const std::string id = story.begin(world);
      INFO(base::Cat(story.operation, " killed after ", commits, " commits"));
      OneConductor victim(world, "conductor-1");
      for (int done = 0; done < commits && !finished;) {
        auto operation = victim.worker.Claim();
        REQUIRE(operation.ok());
        if (!operation->has_value()) {
          finished = world.Operations(story.operation) == std::vector<std::string>{"done"};
          world.clock.Advance(absl::Milliseconds(50));
          continue;
        }
        for (; done < commits; ++done) {
          const auto progress = victim.worker.RunStep(**operation);
          REQUIRE(progress.ok());
          if (*progress == OperationWorker::Progress::kReleased) {
            ++done;
            break;
          }
        }
      }
      Finish(world, story, id);
    }
    CHECK(finished);
  }
}

TEST_CASE("an operation survives a VIM that does half of its work") {
  for (const Story& story : kStories) {
    World world;
    const std::string id = story.begin(world);
    world.vim.InterruptCalls(3);
    Finish(world, story, id);
  }
}

}  // namespace
}  // namespace gregale::conductor
