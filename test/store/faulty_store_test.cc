#include "store/event_table.h"
#include "store_fixture.h"
#include "support/faulty_database.h"

namespace gregale::store {
namespace {

using Point = FaultPlan::Point;
using Fault = FaultPlan::Fault;

// Goes on by itself each time it is read, so that a deadline comes without waiting for it.
class HastyClock : public base::Clock {
 public:
  base::MonoTime Mono() const override {
    fake_.Advance(absl::Milliseconds(100));
    return fake_.Mono();
  }
  absl::Time Wall() const override { return fake_.Wall(); }

 private:
  mutable base::FakeClock fake_;
};

struct FaultyFixture {
  explicit FaultyFixture(const base::Clock& the_clock) : clock(the_clock) {
    auto opened = Store::Open(
        std::make_unique<FaultyDatabase>(
            std::make_unique<SqliteDatabase>(std::string(SqliteDatabase::kMemory), clock), plan),
        clock);
    REQUIRE(opened.ok());
    store = *std::move(opened);
    commits_before = plan.Passed(Point::kCommit);
  }

  // Adds an event and counts how often it tried.
  absl::Status Write() {
    runs = 0;
    return store->Write([this](Txn& txn) {
      ++runs;
      return InsertEvent(txn, {.resource_id = "r"});
    });
  }
  size_t Events() {
    size_t events = 0;
    REQUIRE(store
                ->Read([&](Txn& txn) {
                  const auto list = ListEvents(txn, {});
                  events = list.ok() ? list->size() : 0;
                  return list.status();
                })
                .ok());
    return events;
  }
  int Commits() const { return plan.Passed(Point::kCommit) - commits_before; }

  FaultPlan plan;
  const base::Clock& clock;
  std::unique_ptr<Store> store;
  int commits_before = 0;
  int runs = 0;
};

TEST_CASE("A write is repeated as a whole until the database takes it") {
  base::FakeClock clock;
  FaultyFixture fixture(clock);
  fixture.plan.Fail(Point::kBeginWrite, Fault::kUnavailable, 3);
  CHECK(fixture.Write().ok());
  CHECK(fixture.runs == 1);

  fixture.plan.Fail(Point::kCommit, Fault::kUnavailable, 2);
  CHECK(fixture.Write().ok());
  CHECK(fixture.runs == 3);

  fixture.plan.Fail(Point::kStatement, Fault::kUnavailable, 2);
  CHECK(fixture.Write().ok());
  CHECK(fixture.runs == 3);
  CHECK(fixture.Events() == 3);
}

TEST_CASE("A write gives up at its deadline") {
  HastyClock clock;
  FaultyFixture fixture(clock);
  fixture.plan.Fail(Point::kCommit, Fault::kUnavailable, 1000);
  CHECK(absl::IsUnavailable(fixture.Write()));
  CHECK(fixture.Commits() > 1);
  CHECK(fixture.Commits() < 100);
  CHECK(fixture.runs == fixture.Commits());
}

TEST_CASE("What may have been committed is not repeated: the caller finds out") {
  base::FakeClock clock;
  FaultyFixture fixture(clock);
  fixture.plan.Fail(Point::kCommit, Fault::kLostBeforehand);
  CHECK(absl::IsUnknown(fixture.Write()));
  CHECK(fixture.runs == 1);
  CHECK(fixture.Events() == 0);

  int64_t token = 0;
  fixture.store->WaitForChange(token, absl::ZeroDuration());
  const int64_t before = token;
  fixture.plan.Fail(Point::kCommit, Fault::kLostAfterwards);
  CHECK(absl::IsUnknown(fixture.Write()));
  CHECK(fixture.runs == 1);
  CHECK(fixture.Events() == 1);
  fixture.store->WaitForChange(token, absl::ZeroDuration());
  CHECK(token != before);  // whoever waits must look: it may have been committed
}

TEST_CASE("An error that repeating cannot cure is returned at once") {
  base::FakeClock clock;
  FaultyFixture fixture(clock);
  fixture.plan.Fail(Point::kCommit, Fault::kFull);
  CHECK(absl::IsResourceExhausted(fixture.Write()));
  CHECK(fixture.runs == 1);
  CHECK(fixture.Events() == 0);
  CHECK(fixture.Write().ok());
}

TEST_CASE("A store that is busy when it is opened is waited for") {
  base::FakeClock clock;
  FaultPlan plan;
  plan.Fail(Point::kConnect, Fault::kUnavailable, 3);
  CHECK(
      Store::Open(
          std::make_unique<FaultyDatabase>(
              std::make_unique<SqliteDatabase>(std::string(SqliteDatabase::kMemory), clock), plan),
          clock)
          .ok());
  CHECK(plan.Passed(Point::kConnect) == 4);
}

}  // namespace
}  // namespace gregale::store
