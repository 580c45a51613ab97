#include "store/store.h"

#include <sys/stat.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "base/error.h"
#include "base/mutex.h"
#include "base/text.h"
#include "store/event_table.h"
#include "store/migrations.h"
#include "store/operation_table.h"
#include "store/vnf_table.h"
#include "store_fixture.h"

namespace gregale::store {
namespace {

constexpr absl::Duration kLong = absl::Seconds(30);

absl::Status AddEvent(Txn& txn) { return InsertEvent(txn, {.resource_id = "r"}); }

size_t CountEvents(Store& store) {
  size_t count = 0;
  const absl::Status status = store.Read([&](Txn& txn) {
    const auto events = ListEvents(txn, {});
    count = events.ok() ? events->size() : 0;
    return events.status();
  });
  REQUIRE(status.ok());
  return count;
}

TEST_CASE("Only a store that can be named is opened") {
  base::FakeClock clock;
  for (const char* url : {"", "store.db", "sqlite:/a", "sqlite://a/b", "mysql://h/d"}) {
    CHECK(absl::IsInvalidArgument(Store::Open(url, clock).status()));
  }
  const absl::Status missing = Store::Open("sqlite:///no/such/directory/s.db", clock).status();
  CHECK(absl::IsNotFound(missing));
}

TEST_CASE("A transaction commits as a whole or not at all") {
  StoreFixture fixture(GREGALE_EACH_DATABASE());
  const absl::Status refused = fixture.Try([](Txn& txn) {
    GREGALE_RETURN_IF_ERROR(AddEvent(txn));
    return absl::FailedPreconditionError("changed my mind");
  });
  CHECK(refused == absl::FailedPreconditionError("changed my mind"));
  CHECK(CountEvents(*fixture.store) == 0);
  fixture.Do([](Txn& txn) {
    GREGALE_RETURN_IF_ERROR(AddEvent(txn));
    return AddEvent(txn);
  });
  CHECK(CountEvents(*fixture.store) == 2);
  CHECK_THROWS_AS(fixture.Try([](Txn& txn) -> absl::Status {
    CHECK(AddEvent(txn).ok());
    throw std::runtime_error("a body should not");
  }),
                  std::runtime_error);
  CHECK(CountEvents(*fixture.store) == 2);
  CHECK(fixture.store->Ping().ok());
}

TEST_CASE("A reader cannot write") {
  StoreFixture fixture(GREGALE_EACH_DATABASE());
  CHECK(absl::IsFailedPrecondition(fixture.store->Read(AddEvent)));
  CHECK(CountEvents(*fixture.store) == 0);
}

TEST_CASE("A statement that is none, or has too many parameters, is an error and no more") {
  StoreFixture fixture(GREGALE_EACH_DATABASE());
  const std::vector<SqlValue> one = {int64_t{1}};
  for (const char* sql : {"", "SELEKT", "SELECT 1; DELETE FROM event", "SELECT 1"}) {
    CHECK(!fixture.Try([&](Txn& txn) { return txn.Query(sql, one).status(); }).ok());
  }
  CHECK(fixture.store->Ping().ok());
}

TEST_CASE("A reader sees one snapshot while others write") {
  StoreFixture fixture(GREGALE_EACH_SHARED_DATABASE());
  const absl::Status status = fixture.store->Read([&](Txn& txn) {
    CHECK(*LastEventId(txn) == 0);
    fixture.Do(AddEvent);
    CHECK(*LastEventId(txn) == 0);
    return absl::OkStatus();
  });
  CHECK(status.ok());
  CHECK(CountEvents(*fixture.store) == 1);
}

TEST_CASE("The store's files are their owner's only") {
  ScratchDirectory directory;
  base::FakeClock clock;
  const mode_t old_mask = umask(0);
  const auto store = OpenStore("sqlite://" + directory.File("s.db"), clock);
  REQUIRE(store->Write(AddEvent).ok());
  umask(old_mask);
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory.File("."))) {
    struct stat status;
    REQUIRE(stat(entry.path().c_str(), &status) == 0);
    INFO(entry.path());
    CHECK((status.st_mode & 0777) == 0600);
    ++files;
  }
  CHECK(files >= 3);  // the database, its log, its index
}

TEST_CASE("What is no database, or a damaged one, is said to be") {
  ScratchDirectory directory;
  base::FakeClock clock;
  std::ofstream(directory.File("s.db")) << std::string(8192, 'x');
  CHECK(absl::IsDataLoss(Store::Open("sqlite://" + directory.File("s.db"), clock).status()));
}

TEST_CASE("A full database says so, keeps what it has, and goes on when there is room") {
  StoreFixture fixture(GENERATE(DatabaseKind::kSqliteMemory, DatabaseKind::kSqliteFile));
  const auto limit_pages = [&](const char* pragma) {
    fixture.Do([&](Txn& txn) { return txn.Query(pragma, {}).status(); });
  };
  fixture.Do(AddEvent);
  limit_pages("PRAGMA max_page_count = 1");  // SQLite makes it the present size
  const absl::Status full = fixture.Try([](Txn& txn) {
    const std::string big(1 << 20, 'x');
    GREGALE_RETURN_IF_ERROR(InsertEvent(txn, {.details = big}));
    return absl::OkStatus();
  });
  CHECK(absl::IsResourceExhausted(full));
  CHECK(CountEvents(*fixture.store) == 1);
  limit_pages("PRAGMA max_page_count = 1000000");
  fixture.Do(AddEvent);
  CHECK(CountEvents(*fixture.store) == 2);
}

TEST_CASE("A body that ignores the end of its transaction writes nothing more") {
  StoreFixture fixture(GREGALE_EACH_DATABASE());
  const absl::Status status = fixture.Try([](Txn& txn) {
    GREGALE_RETURN_IF_ERROR(AddEvent(txn));
    CHECK(txn.Execute("ROLLBACK", {}).ok());
    CHECK(absl::IsAborted(AddEvent(txn)));
    return absl::OkStatus();
  });
  CHECK(absl::IsAborted(status));
  CHECK(CountEvents(*fixture.store) == 0);
}

TEST_CASE("Stores that start at once on a fresh database all succeed") {
  const DatabaseKind kind = GREGALE_EACH_SHARED_DATABASE();
  const base::SystemClock clock;
  for (int round = 0; round < 5; ++round) {
    const TestDatabase database(kind);
    std::vector<absl::Status> statuses(4);
    std::vector<std::thread> threads;
    for (absl::Status& status : statuses) {
      threads.emplace_back([&] {
        const auto store = Store::Open(database.url(), clock);
        status = store.ok() ? (*store)->Write(AddEvent) : store.status();
      });
    }
    for (std::thread& thread : threads) thread.join();
    for (const absl::Status& status : statuses) {
      INFO(status);
      CHECK(status.ok());
    }
    CHECK(CountEvents(*database.Open(clock)) == 4);
  }
}

TEST_CASE("Migrations are applied once, in order, and a newer schema is left alone") {
  StoreFixture fixture(GREGALE_EACH_DATABASE());
  const auto database = DatabaseAt(fixture.database.url(), fixture.clock);
  const std::string_view serial = (*database)->SerialPrimaryKey();
  constexpr std::string_view kFirst[] = {"CREATE TABLE thing (number $SERIAL, a TEXT)"};
  constexpr std::string_view kSecond[] = {"ALTER TABLE thing ADD COLUMN b TEXT",
                                          "INSERT INTO thing (a, b) VALUES ('x', 'y')"};
  const int64_t present = fixture.Get(SchemaVersion);
  CHECK(present == Migrations().back().version);
  const Migration both[] = {{present + 1, kFirst}, {present + 2, kSecond}};
  for (int i = 0; i < 2; ++i) {
    fixture.Do([&](Txn& txn) { return Migrate(txn, serial, both); });
  }
  CHECK(fixture.Get(SchemaVersion) == present + 2);
  CHECK(fixture.Get([](Txn& txn) { return txn.Query("SELECT b FROM thing", {}); }).size() == 1);
  const absl::Status older =
      fixture.Try([&](Txn& txn) { return Migrate(txn, serial, std::span(both, 1)); });
  CHECK(absl::IsFailedPrecondition(older));
  for (const int64_t version : {present + 1, present + 2}) {
    CHECK(base::Contains(base::FromAbsl(older.message()), std::to_string(version)));
  }
}

TEST_CASE("A newer schema serves programs as old as it says, and no older") {
  StoreFixture fixture(GREGALE_EACH_DATABASE());
  constexpr std::string_view kMore[] = {"CREATE TABLE thing (a TEXT)"};
  constexpr std::string_view kOther[] = {"CREATE TABLE another (a TEXT)"};
  const int64_t present = fixture.Get(SchemaVersion);
  const Migration history[] = {
      {present, {}}, {present + 1, kMore, present}, {present + 2, kOther, present + 1}};
  const auto migrate = [&](size_t first, size_t count) {
    return fixture.Try(
        [&](Txn& txn) { return Migrate(txn, "", std::span(history).subspan(first, count)); });
  };
  REQUIRE(migrate(0, 2).ok());
  CHECK(migrate(0, 1).ok());
  REQUIRE(migrate(0, 3).ok());
  CHECK(migrate(0, 2).ok());
  CHECK(absl::IsFailedPrecondition(migrate(0, 1)));
  CHECK(fixture.Get(SchemaVersion) == present + 2);
}

TEST_CASE("A migration that older programs may work beside only adds") {
  for (const Migration& migration : Migrations()) {
    if (migration.version >= 5) CHECK(migration.oldest_program != Migration::kOnlyItsOwn);
    if (migration.oldest_program == Migration::kOnlyItsOwn) continue;
    for (const std::string_view statement : migration.statements) {
      INFO(statement);
      const bool is_column = base::Contains(statement, " ADD COLUMN ");
      CHECK((is_column || statement.starts_with("CREATE TABLE ") ||
             statement.starts_with("CREATE INDEX ") || statement.starts_with("DROP INDEX ")));
      // What a program that does not know the column inserts is taken.
      if (is_column && base::Contains(statement, "NOT NULL")) {
        CHECK(base::Contains(statement, " DEFAULT "));
      }
    }
  }
}

TEST_CASE("A migration that fails leaves nothing behind") {
  StoreFixture fixture(GREGALE_EACH_DATABASE());
  constexpr std::string_view kBroken[] = {"CREATE TABLE thing (a TEXT)", "CREATE TABLE ("};
  const int64_t present = fixture.Get(SchemaVersion);
  const Migration broken[] = {{present + 1, kBroken}};
  CHECK(!fixture.Try([&](Txn& txn) { return Migrate(txn, "", broken); }).ok());
  CHECK(fixture.Get(SchemaVersion) == present);
  CHECK(!fixture.Try([](Txn& txn) { return txn.Query("SELECT a FROM thing", {}).status(); }).ok());
}

TEST_CASE("What was committed is there when the store is opened again") {
  const TestDatabase database(GREGALE_EACH_SHARED_DATABASE());
  base::FakeClock clock;
  REQUIRE(database.Open(clock)->Write(AddEvent).ok());
  CHECK(CountEvents(*database.Open(clock)) == 1);
}

// Adds one to a number kept in a VNF's attributes: loses an update where two do it at once.
absl::Status Increment(Txn& txn) {
  GREGALE_ASSIGN_OR_RETURN(Vnf vnf, GetVnf(txn, "f1"));
  std::string& number = vnf.attributes["number"];
  number = std::to_string(std::stoi(number) + 1);
  return UpdateVnf(txn, vnf);
}

TEST_CASE("Stores that write to one database at once lose nothing and starve nobody") {
  constexpr int kStores = 3;
  constexpr int kThreads = 2;
  constexpr int kWrites = 40;
  const TestDatabase database(GREGALE_EACH_SHARED_DATABASE());
  const base::SystemClock clock;
  std::vector<std::unique_ptr<Store>> stores;
  for (int i = 0; i < kStores; ++i) stores.push_back(database.Open(clock));
  REQUIRE(stores[0]
              ->Write([](Txn& txn) {
                Vnf vnf;
                vnf.id = "f1";
                vnf.attributes["number"] = "0";
                return InsertVnf(txn, vnf);
              })
              .ok());
  std::vector<absl::Duration> longest(kStores * kThreads);
  std::vector<absl::Status> statuses(kStores * kThreads);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < longest.size(); ++i) {
    threads.emplace_back([&, i] {
      for (int n = 0; n < kWrites && statuses[i].ok(); ++n) {
        const base::MonoTime begin = clock.Mono();
        statuses[i] = stores[i % kStores]->Write(Increment);
        longest[i] = std::max(longest[i], clock.Mono() - begin);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const absl::Status& status : statuses) CHECK(status.ok());
  for (const absl::Duration wait : longest) CHECK(wait < absl::Seconds(5));
  std::string number;
  REQUIRE(stores[0]
              ->Read([&](Txn& txn) {
                const auto vnf = GetVnf(txn, "f1");
                if (vnf.ok()) number = vnf->attributes.at("number");
                return vnf.status();
              })
              .ok());
  CHECK(number == std::to_string(kStores * kThreads * kWrites));
}

TEST_CASE("A writer is let in beside one that writes without a break") {
  const TestDatabase database(GREGALE_EACH_SHARED_DATABASE());
  const base::SystemClock clock;
  const auto greedy = database.Open(clock);
  const auto other_process = database.Open(clock);
  Store& modest = GENERATE(false, true) ? *greedy : *other_process;
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (int i = 0; i < 100'000 && !stop; ++i) {
      if (!greedy->Write(AddEvent).ok()) return;
    }
  });
  for (int i = 0; i < 20; ++i) {
    const base::MonoTime begin = clock.Mono();
    CHECK(modest.Write(AddEvent).ok());
    CHECK(clock.Mono() - begin < absl::Seconds(1));
  }
  stop = true;
  writer.join();
}

TEST_CASE("Conductors at once claim each operation once") {
  constexpr int kOperations = 60;
  const TestDatabase database(GREGALE_EACH_SHARED_DATABASE());
  const base::SystemClock clock;
  const auto first = database.Open(clock);
  const auto second = database.Open(clock);
  REQUIRE(first
              ->Write([](Txn& txn) {
                for (int i = 0; i < kOperations; ++i) {
                  const std::string id = std::to_string(i);
                  GREGALE_RETURN_IF_ERROR(InsertOperation(
                      txn, {.id = id, .vnf_id = id, .key = id, .run_at = txn.now()}));
                }
                return absl::OkStatus();
              })
              .ok());
  base::Mutex mutex;
  std::vector<std::string> claimed;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      Store& store = i % 2 == 0 ? *first : *second;
      for (int n = 0; n <= kOperations; ++n) {
        std::optional<Operation> operation;
        const absl::Status status = store.Write([&](Txn& txn) {
          GREGALE_ASSIGN_OR_RETURN(operation, ClaimOperation(txn, "c", absl::Hours(1)));
          return absl::OkStatus();
        });
        if (!status.ok() || !operation.has_value()) return;
        base::MutexLock lock(mutex);
        claimed.push_back(operation->id);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(claimed.size() == kOperations);
  std::sort(claimed.begin(), claimed.end());
  CHECK(std::unique(claimed.begin(), claimed.end()) == claimed.end());
}

TEST_CASE("Who follows events by their ids misses none, however many write") {
  constexpr int kThreads = 4;
  constexpr size_t kEvents = 30;
  const TestDatabase database(GREGALE_EACH_SHARED_DATABASE());
  const base::SystemClock clock;
  const auto first = database.Open(clock);
  const auto second = database.Open(clock);
  std::atomic<int> writing = kThreads;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      Store& store = i % 2 == 0 ? *first : *second;
      for (size_t n = 0; n < kEvents; ++n) store.Write(AddEvent).IgnoreError();
      --writing;
    });
  }
  int64_t last = 0;
  size_t followed = 0;
  for (bool over = false; !over;) {
    over = writing == 0;
    REQUIRE(first
                ->Read([&](Txn& txn) {
                  const auto events = ListEvents(txn, {.marker = std::to_string(last)});
                  if (!events.ok() || events->empty()) return events.status();
                  last = events->back().id;
                  followed += events->size();
                  return absl::OkStatus();
                })
                .ok());
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(followed == CountEvents(*first));
  CHECK(followed == kThreads * kEvents);
}

TEST_CASE("Who waits for a change hears of commits of this store and of others") {
  const TestDatabase database(GREGALE_EACH_SHARED_DATABASE());
  const base::SystemClock clock;
  const auto mine = database.Open(clock);
  const auto other = database.Open(clock);
  int64_t token = 0;
  const auto changed = [&](absl::Duration timeout) {
    const int64_t before = token;
    mine->WaitForChange(token, timeout);
    return token != before;
  };
  CHECK(changed(kLong));  // the first call returns at once
  CHECK(!changed(absl::Milliseconds(30)));
  REQUIRE(mine->Write(AddEvent).ok());
  CHECK(changed(absl::ZeroDuration()));
  CHECK(!changed(absl::Milliseconds(30)));  // its own commit is not found again as another's
  REQUIRE(other->Write(AddEvent).ok());
  CHECK(changed(kLong));
  REQUIRE(mine->Write([](Txn&) { return absl::OkStatus(); }).ok());
  REQUIRE(other->Write([](Txn&) { return absl::OkStatus(); }).ok());
  CHECK(!changed(absl::Milliseconds(30)));  // nothing was changed

  for (Store* writer : {mine.get(), other.get()}) {
    const base::MonoTime begin = clock.Mono();
    absl::Status status;
    std::thread thread([&] { status = writer->Write(AddEvent); });
    CHECK(changed(kLong));
    CHECK(clock.Mono() - begin < kLong / 2);
    thread.join();
    CHECK(status.ok());
  }
}

TEST_CASE("Who waits on a store in memory hears of its commits") {
  base::FakeClock clock;
  const auto store = OpenStore("sqlite://:memory:", clock);
  int64_t token = 0;
  store->WaitForChange(token, kLong);
  const int64_t before = token;
  absl::Status status;
  std::thread thread([&] { status = store->Write(AddEvent); });
  store->WaitForChange(token, kLong);
  thread.join();
  CHECK(status.ok());
  CHECK(token != before);
}

}  // namespace
}  // namespace gregale::store
