#include "store/placement_table.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "store/member_table.h"
#include "store/relocation_table.h"
#include "store/statement.h"
#include "store/vnf_table.h"
#include "store_fixture.h"

namespace gregale::store {
namespace {

constexpr absl::Duration kLease = absl::Seconds(10);
using Strings = std::vector<std::string>;

struct PlacementFixture : StoreFixture {
  using StoreFixture::StoreFixture;

  void Heartbeat(const std::string& id, const std::string& incarnation) {
    Do([&](Txn& txn) {
      return HeartbeatExecutor(
          txn, {.id = id, .incarnation = incarnation, .address = "127.0.0.1:1", .capacity = 9},
          kLease);
    });
  }
  // A VNF and its placement, not placed yet.
  void Add(const std::string& vnf_id) {
    Do([&](Txn& txn) {
      Vnf vnf;
      vnf.id = vnf.name = vnf_id;
      vnf.mistral_action_id = "first of " + vnf_id;
      GREGALE_RETURN_IF_ERROR(InsertVnf(txn, vnf));
      return InsertPlacement(txn, {.vnf_id = vnf_id,
                                   .action_id = vnf.mistral_action_id,
                                   .execution_id = "x",
                                   .workflow_name = "w",
                                   .definition = "yaml",
                                   .input = "{}"});
    });
  }
  Placement Find(const std::string& vnf_id) {
    return Get([&](Txn& txn) { return GetPlacement(txn, vnf_id); });
  }
  void PlaceOn(const std::string& vnf_id, const std::string& executor,
               const std::string& incarnation, const std::string& action_id) {
    const Placement placement = Find(vnf_id);
    Do([&](Txn& txn) {
      return Place(txn, placement, action_id, {.id = executor, .incarnation = incarnation});
    });
  }
  Strings Homeless(int limit = 100) {
    Strings ids;
    for (const store::Homeless& homeless :
         Get([&](Txn& txn) { return ListHomeless(txn, limit); })) {
      ids.push_back(homeless.vnf_id);
    }
    std::ranges::sort(ids);
    return ids;
  }
  Strings Unacked(const std::string& executor) {
    const auto placements = Get([&](Txn& txn) -> absl::StatusOr<std::vector<Placement>> {
      GREGALE_ASSIGN_OR_RETURN(const auto unacked, ListUnacked(txn, executor, 100));
      Strings actions;
      for (const Confirmation& one : unacked) actions.push_back(one.action_id);
      return ListPlacements(txn, actions);
    });
    Strings ids;
    for (const Placement& placement : placements) ids.push_back(placement.vnf_id);
    return ids;
  }
  Strings Cancels(const std::string& executor) {
    Strings ids;
    for (const PendingCancel& cancel :
         Get([&](Txn& txn) { return ListPendingCancels(txn, executor, 100); })) {
      ids.push_back(cancel.action_id);
    }
    return ids;
  }
};

TEST_CASE("A placement finds a home and keeps it while its executor lives") {
  PlacementFixture fixture(GREGALE_EACH_DATABASE());
  fixture.Heartbeat("e1", "i1");
  fixture.Add("f2");
  fixture.Add("f1");
  CHECK(absl::IsAlreadyExists(fixture.Try(
      [](Txn& txn) { return InsertPlacement(txn, {.vnf_id = "f1", .action_id = "x"}); })));
  CHECK(fixture.Homeless() == Strings{"f1", "f2"});
  CHECK(fixture.Homeless(1) == Strings{"f1"});

  fixture.PlaceOn("f1", "e1", "i1", "a1");
  const Placement placed = fixture.Find("f1");
  CHECK(placed.action_id == "a1");
  CHECK(placed.executor_id == "e1");
  CHECK(placed.incarnation == "i1");
  CHECK(placed.placed_at == fixture.clock.Wall());
  CHECK(placed.definition == "yaml");
  CHECK(fixture.Get([](Txn& txn) { return GetVnf(txn, "f1"); }).mistral_action_id == "a1");
  CHECK(fixture.Cancels("e1").empty());  // it was nowhere before
  CHECK(fixture.Homeless() == Strings{"f2"});
  CHECK(fixture.Unacked("e1") == Strings{"f1"});
  CHECK(fixture.Get([](Txn& txn) { return CountPlacements(txn); }) ==
        std::vector<std::pair<std::string, int64_t>>{{"e1", 1}});

  fixture.clock.Advance(kLease);  // the lease has run out
  CHECK(fixture.Homeless() == Strings{"f1", "f2"});
  fixture.Heartbeat("e1", "i1");
  CHECK(fixture.Homeless() == Strings{"f2"});
  fixture.Heartbeat("e1", "i2");  // a new life knows nothing of the old one's actions
  CHECK(fixture.Homeless() == Strings{"f1", "f2"});
  CHECK(absl::IsNotFound(fixture.Try([](Txn& txn) { return GetPlacement(txn, "?").status(); })));
}

TEST_CASE("A placement that moves leaves a cancellation where it was") {
  PlacementFixture fixture(GREGALE_EACH_DATABASE());
  fixture.Heartbeat("e1", "i1");
  fixture.Heartbeat("e2", "i1");
  fixture.Add("f1");
  fixture.PlaceOn("f1", "e1", "i1", "a1");
  fixture.Do([](Txn& txn) { return AckPlacement(txn, "a1", 1); });
  const Placement before = fixture.Find("f1");
  fixture.PlaceOn("f1", "e2", "i1", "a2");
  CHECK(fixture.Find("f1").acked_version == 0);
  CHECK(fixture.Cancels("e1") == Strings{"a1"});
  CHECK(fixture.Get([](Txn& txn) { return GetVnf(txn, "f1"); }).mistral_action_id == "a2");

  // Who still believes in the old action id comes too late.
  const Executor e1 = {.id = "e1", .incarnation = "i1"};
  CHECK(absl::IsAborted(fixture.Try([&](Txn& txn) { return Place(txn, before, "a3", e1); })));
  CHECK(fixture.Find("f1").action_id == "a2");
  fixture.Do([](Txn& txn) { return AckPlacement(txn, "a1", 1); });
  CHECK(fixture.Find("f1").acked_version == 0);

  fixture.Do([](Txn& txn) { return DeletePendingCancel(txn, "a1"); });
  CHECK(fixture.Cancels("e1").empty());
  for (int i = 0; i < 2; ++i) fixture.Do([](Txn& txn) { return DeletePlacement(txn, "f1"); });
  CHECK(fixture.Cancels("e2") == Strings{"a2"});
  CHECK(absl::IsNotFound(fixture.Try([&](Txn& txn) { return Place(txn, before, "a3", e1); })));

  fixture.Add("f2");  // never placed: nobody has anything to cancel
  fixture.Do([](Txn& txn) { return DeletePlacement(txn, "f2"); });
  CHECK(fixture.Cancels("").empty());
}

TEST_CASE("An executor hears of every new version until it confirms it") {
  PlacementFixture fixture(GREGALE_EACH_DATABASE());
  fixture.Heartbeat("e1", "i1");
  fixture.Add("f1");
  fixture.PlaceOn("f1", "e1", "i1", "a1");
  const auto ack = [&](int64_t version) {
    fixture.Do([&](Txn& txn) { return AckPlacement(txn, "a1", version); });
    return fixture.Find("f1").acked_version;
  };
  CHECK(ack(1) == 1);
  CHECK(fixture.Unacked("e1").empty());
  fixture.Do([](Txn& txn) { return SetPlacementInput(txn, "f1", R"({"a": 2})"); });
  CHECK(fixture.Find("f1").version == 2);
  CHECK(fixture.Find("f1").input == R"({"a": 2})");
  CHECK(fixture.Unacked("e1") == Strings{"f1"});
  CHECK(ack(3) == 1);  // nobody has been told of 3
  CHECK(ack(2) == 2);
  CHECK(ack(1) == 2);  // overtaken
  CHECK(ack(0) == 0);  // it does not run there
  CHECK(fixture.Unacked("e1") == Strings{"f1"});
  CHECK(absl::IsNotFound(fixture.Try([](Txn& txn) { return SetPlacementInput(txn, "?", "{}"); })));
}

TEST_CASE("The placements of an executor come in pages") {
  PlacementFixture fixture(GREGALE_EACH_DATABASE());
  fixture.Heartbeat("e1", "i1");
  for (const char* vnf : {"f1", "f2", "f3"}) {
    fixture.Add(vnf);
    fixture.PlaceOn(vnf, "e1", "i1", std::string("a of ") + vnf);
  }
  const auto page = [&](const std::string& after, int limit) {
    return fixture.Get([&](Txn& txn) {
      return ListConfirmations(txn, {.id = "e1", .incarnation = "i1"}, after, limit);
    });
  };
  REQUIRE(page("", 2).size() == 2);
  REQUIRE(page("a of f2", 2).size() == 1);
  CHECK(page("a of f2", 2)[0].action_id == "a of f3");
  CHECK(page("a of f3", 2).empty());
}

TEST_CASE("Many homeless placements find their homes in one go") {
  PlacementFixture fixture(GREGALE_EACH_DATABASE());
  fixture.Heartbeat("e1", "i1");
  fixture.Heartbeat("e2", "i2");
  constexpr int kMany = 263;  // statements of 250, 10 and 1 rows
  for (int i = 0; i < kMany; ++i) fixture.Add("f" + std::to_string(i));
  const auto place_all = [&](const Executor& executor, const std::string& prefix) {
    return fixture.Get([&](Txn& txn) -> absl::StatusOr<size_t> {
      GREGALE_ASSIGN_OR_RETURN(const auto homeless, ListHomeless(txn, 1000));
      std::vector<Rehoming> rehomings;
      for (const Homeless& one : homeless) {
        rehomings.push_back({&one, prefix + one.vnf_id, &executor});
      }
      GREGALE_RETURN_IF_ERROR(PlaceHomeless(txn, rehomings));
      return homeless.size();
    });
  };
  Executor session;
  const auto epoch = [&] {
    fixture.Get([&](Txn& txn) { return ClaimSession(txn, "e1", "c1", kLease, session); });
    return session.session_epoch;
  };
  const absl::Time first = fixture.clock.Wall();
  CHECK(place_all({.id = "e1", .incarnation = "i1"}, "a") == kMany);
  CHECK(epoch() == 1);
  CHECK(fixture.Find("f7").placed_at == first);
  fixture.clock.Advance(absl::Seconds(1));
  fixture.Heartbeat("e2", "i2");
  fixture.Do([](Txn& txn) {
    GREGALE_RETURN_IF_ERROR(
        BeginRelocation(txn, "f7", "s7", {.id = "e2", .incarnation = "i2"}).status());
    return AckPlacements(txn, {{{"af3", 1}, {"af4", 2}, {"af262", 1}}});
  });
  CHECK(fixture.Find("f3").acked_version == 1);
  CHECK(fixture.Find("f4").acked_version == 0);  // nobody has been told of 2
  CHECK(fixture.Unacked("e1").size() == 100);

  fixture.clock.Advance(kLease - absl::Seconds(1));
  CHECK(place_all({.id = "e2", .incarnation = "i2"}, "b") == kMany);
  for (int i = 0; i < kMany; ++i) {
    const std::string id = "f" + std::to_string(i);
    const Placement placement = fixture.Find(id);
    CHECK(placement.action_id == "b" + id);
    CHECK(placement.executor_id == "e2");
    CHECK(placement.acked_version == 0);
    CHECK(placement.placed_at == first);
    CHECK(fixture.Get([&](Txn& txn) { return GetVnf(txn, id); }).mistral_action_id == "b" + id);
  }
  CHECK(fixture.Cancels("e1").empty());  // its next session begins with a comparison:
  CHECK(epoch() == 2);
  CHECK(fixture.Cancels("e2") == Strings{"s7"});

  // Who was not homeless is not moved.
  const Homeless settled = {.vnf_id = "f1", .action_id = "bf1"};
  const Homeless stale = {.vnf_id = "f1", .action_id = "af1"};
  const Executor e1 = {.id = "e1", .incarnation = "i1"};
  for (const Homeless& one : {stale}) {
    const std::vector<Rehoming> late = {{&one, "c", &e1}};
    CHECK_FALSE(fixture.Try([&](Txn& txn) { return PlaceHomeless(txn, late); }).ok());
  }
  CHECK(fixture.Find("f1").action_id == settled.action_id);
}

TEST_CASE("A successor that is confirmed among others takes over") {
  PlacementFixture fixture(GREGALE_EACH_DATABASE());
  fixture.Heartbeat("e1", "i1");
  fixture.Heartbeat("e2", "i2");
  for (const char* vnf : {"f1", "f2"}) {
    fixture.Add(vnf);
    fixture.PlaceOn(vnf, "e1", "i1", std::string("a of ") + vnf);
  }
  fixture.Do([](Txn& txn) {
    GREGALE_RETURN_IF_ERROR(
        BeginRelocation(txn, "f1", "s1", {.id = "e2", .incarnation = "i2"}).status());
    return AckPlacements(txn, {{{"s1", 1}, {"a of f2", 1}}});
  });
  CHECK(fixture.Find("f1").executor_id == "e2");
  CHECK(fixture.Find("f1").acked_version == 1);
  CHECK(fixture.Find("f2").acked_version == 1);
  CHECK(fixture.Cancels("e1") == Strings{"a of f1"});
}

TEST_CASE("Labels and affinities are kept and counted") {
  PlacementFixture fixture(GREGALE_EACH_DATABASE());
  const Labels paris = {{"site", "paris"}};
  fixture.Do([&](Txn& txn) {
    GREGALE_RETURN_IF_ERROR(
        HeartbeatExecutor(txn, {.id = "e1", .incarnation = "i1", .labels = paris}, kLease));
    return InsertPlacement(txn, {.vnf_id = "f1", .action_id = "a1", .affinity = paris});
  });
  fixture.Add("f2");
  fixture.PlaceOn("f2", "e1", "i1", "a2");
  CHECK(fixture.Get([](Txn& txn) { return ListExecutors(txn); })[0].labels == paris);
  CHECK(fixture.Find("f1").affinity == paris);
  CHECK(fixture.Find("f2").affinity.empty());
  const auto homeless = fixture.Get([](Txn& txn) { return ListHomeless(txn, 9); });
  REQUIRE(homeless.size() == 1);
  CHECK(homeless[0].affinity == paris);
  const auto counts = fixture.Get([](Txn& txn) { return CountAffinities(txn); });
  REQUIRE(counts.size() == 1);
  CHECK(counts[0].affinity == paris);
  CHECK(counts[0].executor_id.empty());
  CHECK(counts[0].monitors == 1);

  fixture.Do([](Txn& txn) { return AckPlacement(txn, "a2", 1); });
  const auto movable = [&](const Labels& affinity) {
    return fixture.Get([&](Txn& txn) { return ListMovableVnfs(txn, "e1", affinity, 9); });
  };
  CHECK(movable({}) == Strings{"f2"});
  CHECK(movable(paris).empty());
}

TEST_CASE("An executor that was too busy has less room until it is at ease") {
  PlacementFixture fixture(GREGALE_EACH_DATABASE());
  const auto room = [&](int64_t load, int64_t busy_permille, const char* incarnation = "i1") {
    fixture.Do([&](Txn& txn) {
      return HeartbeatExecutor(txn,
                               {.id = "e1",
                                .incarnation = incarnation,
                                .capacity = 1000,
                                .load = load,
                                .busy_permille = busy_permille},
                               kLease);
    });
    return fixture.Get([](Txn& txn) { return ListExecutors(txn); })[0].room();
  };
  CHECK(room(500, 700) == 1000);
  CHECK(room(500, kTooBusyPermille) == 451);
  CHECK(room(440, 780) == 451);  // not yet: it would be too busy again
  CHECK(room(440, kAtEasePermille + 1) == 451);
  CHECK(room(440, kAtEasePermille) == 1000);
  CHECK(room(500, 900) == 451);
  CHECK(room(500, 800, "i2") == 1000);
}

TEST_CASE("Executors and conductors live by their heartbeats") {
  PlacementFixture fixture(GREGALE_EACH_DATABASE());
  fixture.Do([](Txn& txn) {
    return HeartbeatExecutor(txn,
                             {.id = "e1",
                              .incarnation = "i1",
                              .address = "127.0.0.1:9",
                              .capacity = 7,
                              .load = 3,
                              .version = "0.1",
                              .draining = true},
                             kLease);
  });
  const auto executors = fixture.Get([](Txn& txn) { return ListExecutors(txn); });
  REQUIRE(executors.size() == 1);
  CHECK(executors[0].address == "127.0.0.1:9");
  CHECK(executors[0].capacity == 7);
  CHECK(executors[0].load == 3);
  CHECK(executors[0].version == "0.1");
  CHECK(executors[0].draining);
  CHECK(executors[0].lease_until == fixture.clock.Wall() + kLease);
  CHECK(executors[0].session_owner.empty());
  CHECK(executors[0].session_until == absl::InfinitePast());

  for (const char* id : {"c2", "c1"}) {
    fixture.Do([&](Txn& txn) {
      return HeartbeatConductor(txn, {.id = id, .address = "127.0.0.1:8", .version = "0.1"},
                                kLease);
    });
  }
  CHECK(fixture.Get([](Txn& txn) { return ListConductors(txn); })[0].id == "c1");
  for (int i = 0; i < 2; ++i) fixture.Do([](Txn& txn) { return RemoveConductor(txn, "c1"); });
  const auto conductors = fixture.Get([](Txn& txn) { return ListConductors(txn); });
  REQUIRE(conductors.size() == 1);
  CHECK(conductors[0].lease_until == fixture.clock.Wall() + kLease);
  CHECK(conductors[0].address == "127.0.0.1:8");
}

TEST_CASE("One conductor at a time has the session of an executor") {
  PlacementFixture fixture(GREGALE_EACH_DATABASE());
  Executor executor;
  const auto claim = [&](const char* conductor) {
    return fixture.Get(
        [&](Txn& txn) { return ClaimSession(txn, "e1", conductor, kLease, executor); });
  };
  CHECK(!claim("c1"));  // there is no such executor
  fixture.Heartbeat("e1", "i1");
  CHECK(claim("c1"));
  CHECK(executor.session_owner == "c1");
  CHECK(executor.session_epoch == 1);
  CHECK(executor.session_until == fixture.clock.Wall() + kLease);
  CHECK(!claim("c2"));
  fixture.clock.Advance(absl::Seconds(9));
  CHECK(claim("c1"));
  CHECK(executor.session_epoch == 1);
  fixture.Heartbeat("e1", "i1");  // does not touch the session
  fixture.clock.Advance(absl::Seconds(9));
  CHECK(!claim("c2"));
  fixture.clock.Advance(absl::Seconds(1));
  CHECK(claim("c2"));
  CHECK(executor.session_epoch == 2);
  CHECK(!claim("c1"));
  fixture.Do([](Txn& txn) { return ReleaseSessions(txn, "c2"); });
  CHECK(claim("c2"));
  CHECK(executor.session_epoch == 3);  // somebody else may have had it
}

TEST_CASE("Executors long dead are forgotten once nothing is placed on them") {
  PlacementFixture fixture(GREGALE_EACH_DATABASE());
  const auto forget = [&] {
    fixture.Do([](Txn& txn) { return ForgetExecutors(txn, absl::Minutes(1)); });
    return fixture.Get([](Txn& txn) { return ListExecutors(txn); }).size();
  };
  fixture.Heartbeat("e1", "i1");
  fixture.Heartbeat("e2", "i1");
  fixture.Add("f1");
  fixture.PlaceOn("f1", "e1", "i1", "a1");
  fixture.clock.Advance(kLease + absl::Minutes(1));
  CHECK(forget() == 2);  // not longer than the age
  fixture.clock.Advance(absl::Seconds(1));
  CHECK(forget() == 1);
  fixture.Do([](Txn& txn) { return DeletePlacement(txn, "f1"); });
  CHECK(fixture.Cancels("e1") == Strings{"a1"});
  CHECK(forget() == 0);
  CHECK(fixture.Cancels("e1").empty());
}

TEST_CASE("What an executor that never returns was to cancel is forgotten, in portions") {
  PlacementFixture fixture(GREGALE_EACH_DATABASE());
  constexpr int64_t kCancels = 1500;
  const auto cancel_all = [&](std::string_view executor) {
    fixture.Do([&](Txn& txn) -> absl::Status {
      for (int64_t i = 0; i < kCancels; ++i) {
        GREGALE_RETURN_IF_ERROR(ChangeAny(
            txn, "INSERT INTO pending_cancel (action_id, executor_id, created_at) VALUES (?, ?, 1)",
            {TextValue(base::Cat(executor, "-", i)), TextValue(executor)}));
      }
      return absl::OkStatus();
    });
  };
  fixture.Heartbeat("e1", "i1");
  fixture.Heartbeat("e2", "i1");
  fixture.Add("f1");
  fixture.PlaceOn("f1", "e1", "i1", "a1");  // it is not forgotten
  for (const char* executor : {"e1", "e2", "never-seen"}) cancel_all(executor);
  fixture.clock.Advance(kLease + absl::Minutes(1) + absl::Seconds(1));
  fixture.Heartbeat("e2", "i1");
  const auto forget = [&] {
    fixture.Do([](Txn& txn) { return ForgetExecutors(txn, absl::Minutes(1)); });
  };
  const auto waiting = [&](std::string_view executor) {
    return fixture.Get([&](Txn& txn) { return ListPendingCancels(txn, executor, 2000); }).size();
  };
  forget();
  CHECK(waiting("e1") == 500);
  CHECK(waiting("never-seen") == 500);
  forget();
  CHECK(waiting("e1") == 0);
  CHECK(waiting("never-seen") == 0);
  CHECK(waiting("e2") == kCancels);
}

TEST_CASE("An executor that conductors miss in a row is drained until one meets it") {
  PlacementFixture fixture(GREGALE_EACH_DATABASE());
  fixture.Heartbeat("e1", "i1");
  const auto claim_and = [&](absl::Status (*tell)(Txn&, std::string_view, std::string_view)) {
    fixture.Do([&](Txn& txn) -> absl::Status {
      Executor row;
      GREGALE_ASSIGN_OR_RETURN(const bool ours, ClaimSession(txn, "e1", "c1", kLease, row));
      CHECK(ours);
      return tell(txn, "e1", "c1");
    });
  };
  const auto executor = [&] {
    return fixture.Get([](Txn& txn) { return ListExecutors(txn); }).at(0);
  };
  claim_and(&MissSession);
  CHECK(executor().session_owner.empty());
  CHECK(executor().sessions_missed == 1);
  CHECK_FALSE(executor().draining);
  claim_and(&MissSession);
  CHECK(executor().draining);
  fixture.Heartbeat("e1", "i1");
  CHECK(executor().unreachable());
  fixture.Do([](Txn& txn) { return MeetSession(txn, "e1", "c2"); });  // it has no session
  CHECK(executor().unreachable());
  SECTION("one meets it") { claim_and(&MeetSession); }
  SECTION("it is started again") { fixture.Heartbeat("e1", "i2"); }
  CHECK(executor().sessions_missed == 0);
  CHECK_FALSE(executor().draining);
}

}  // namespace
}  // namespace gregale::store
