#include <functional>
#include <stdexcept>
#include <thread>

#include "base/error.h"
#include "base/mutex.h"
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

// Knows who waits for the writer: a thread asks for the time when it comes, and once more when it
// stands in the line.
class QueueClock : public base::Clock {
 public:
  base::MonoTime Mono() const override {
    base::MutexLock lock(mutex_);
    ++asked_;
    asked_again_.NotifyAll();
    return fake_.Mono();
  }
  absl::Time Wall() const override { return fake_.Wall(); }

  int Asked() const {
    base::MutexLock lock(mutex_);
    return asked_;
  }
  void AwaitLine(int from, int threads) const {
    base::MutexLock lock(mutex_);
    while (asked_ < from + 2 * threads) asked_again_.Wait(mutex_);
  }

 private:
  mutable base::Mutex mutex_;
  mutable base::CondVar asked_again_;
  mutable int asked_ ABSL_GUARDED_BY(mutex_) = 0;
  base::FakeClock fake_;
};

using Body = std::function<absl::Status(Txn&)>;

absl::Status AddEvent(Txn& txn) { return InsertEvent(txn, {.resource_id = "r"}); }

// What becomes of each of `others` where all of them wait while a first one writes.
std::vector<absl::Status> WriteBehindOne(FaultyFixture& fixture, const QueueClock& clock,
                                         const std::vector<Body>& others) {
  std::vector<absl::Status> statuses(others.size(), absl::InternalError("not run"));
  std::vector<std::thread> threads;
  const absl::Status first = fixture.store->Write([&](Txn& txn) {
    if (threads.empty()) {  // not when it is run again
      const int asked = clock.Asked();
      for (size_t i = 0; i < others.size(); ++i) {
        threads.emplace_back([&, i] {
          try {
            statuses[i] = fixture.store->Write(others[i]);
          } catch (const std::runtime_error& error) {
            statuses[i] = absl::DataLossError(error.what());
          }
        });
      }
      clock.AwaitLine(asked, static_cast<int>(others.size()));
    }
    return AddEvent(txn);
  });
  for (std::thread& thread : threads) thread.join();
  statuses.insert(statuses.begin(), first);
  return statuses;
}

TEST_CASE("Writers that wait share one commit, in which each fails for itself") {
  QueueClock clock;
  FaultyFixture fixture(clock);
  const std::vector<absl::Status> statuses =
      WriteBehindOne(fixture, clock,
                     {AddEvent,
                      [](Txn& txn) {
                        GREGALE_RETURN_IF_ERROR(AddEvent(txn));
                        return absl::NotFoundError("one of its own");
                      },
                      [](Txn& txn) -> absl::Status {
                        GREGALE_RETURN_IF_ERROR(AddEvent(txn));
                        throw std::runtime_error("thrown to its own thread");
                      },
                      AddEvent});
  CHECK(statuses[0].ok());
  CHECK(statuses[1].ok());
  CHECK(statuses[2] == absl::NotFoundError("one of its own"));
  CHECK(statuses[3] == absl::DataLossError("thrown to its own thread"));
  CHECK(statuses[4].ok());
  CHECK(fixture.Events() == 3);
  CHECK(fixture.Commits() == 1);
}

TEST_CASE("Where a shared commit fails, each is tried again alone") {
  QueueClock clock;
  FaultyFixture fixture(clock);
  int refused = 0;
  fixture.plan.Fail(Point::kCommit, Fault::kFull, 2);  // the shared one, and one alone
  for (const absl::Status& status :
       WriteBehindOne(fixture, clock, {AddEvent, AddEvent, AddEvent})) {
    if (!status.ok()) CHECK(absl::IsResourceExhausted(status));
    refused += status.ok() ? 0 : 1;
  }
  CHECK(refused == 1);
  CHECK(fixture.Events() == 3);
  CHECK(fixture.Commits() == 5);
}

TEST_CASE("Where the answer to a shared commit is lost, it is for all") {
  QueueClock clock;
  FaultyFixture fixture(clock);
  fixture.plan.Fail(Point::kCommit, Fault::kLostAfterwards);
  for (const absl::Status& status :
       WriteBehindOne(fixture, clock, {AddEvent, [](Txn&) { return absl::NotFoundError(""); }})) {
    CHECK(absl::IsUnknown(status));
  }
  CHECK(fixture.Events() == 2);
}

TEST_CASE("Who ends the transaction of a group harms itself only") {
  QueueClock clock;
  FaultyFixture fixture(clock);
  const std::vector<absl::Status> statuses =
      WriteBehindOne(fixture, clock, {AddEvent, [](Txn& txn) {
                                        GREGALE_RETURN_IF_ERROR(AddEvent(txn));
                                        return txn.Execute("ROLLBACK", {}).status();
                                      }});
  CHECK(statuses[0].ok());
  CHECK(statuses[1].ok());
  CHECK(absl::IsAborted(statuses[2]));
  CHECK(fixture.Events() == 2);
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
