#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/unique_fd.h"
#include "store/event_table.h"
#include "store_fixture.h"
#include "support/seeded_random.h"

namespace gregale::store {
namespace {

constexpr int kRounds = 10;

// The child: commits events, and reports each one (a byte) after it was told that it is durable.
[[noreturn]] void WriteUntilKilled(const std::string& url, int reports) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  alarm(60);
  const base::SystemClock clock;
  const auto store = Store::Open(url, clock);
  if (!store.ok()) _exit(1);
  while (true) {
    const absl::Status status = (*store)->Write(
        [](Txn& txn) { return InsertEvent(txn, {.details = std::string(3000, 'x')}); });
    if (!status.ok() || write(reports, "", 1) != 1) _exit(2);
  }
}

// Runs a child, kills it after its `reports_before` first reports, and returns how many it made.
int64_t RunAndKill(const std::string& url, int64_t reports_before) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  base::UniqueFd reader(ends[0]);
  base::UniqueFd writer(ends[1]);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    reader.Reset();
    WriteUntilKilled(url, writer.get());
  }
  writer.Reset();
  char report = 0;
  int64_t reports = 0;
  if (reports_before == 0) kill(child, SIGKILL);
  while (read(reader.get(), &report, 1) == 1) {
    if (++reports == reports_before) kill(child, SIGKILL);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFSIGNALED(status));
  return reports;
}

void CheckIntegrity(Store& store) {
  const absl::Status status = store.Read([](Txn& txn) {
    const auto check = txn.Query("PRAGMA integrity_check", {});
    if (!check.ok()) return check.status();
    CHECK((*check)[0].Text(0) == "ok");
    return absl::OkStatus();
  });
  REQUIRE(status.ok());
}

TEST_CASE("What Write has returned survives kill -9") {
  const DatabaseKind kind = GREGALE_EACH_SHARED_DATABASE();
  const TestDatabase database(kind);
  const base::SystemClock clock;
  base::SeededRandom random(1);
  int64_t rows_before = 0;
  for (int round = 0; round < kRounds; ++round) {
    const int64_t reports = RunAndKill(database.url(), static_cast<int64_t>(random.Below(40)));
    const auto store = database.Open(clock);
    int64_t rows = 0;
    const absl::Status status = store->Read([&](Txn& txn) {
      const auto count = txn.Query("SELECT COUNT(*), MAX(id) FROM event", {});
      if (!count.ok()) return count.status();
      rows = (*count)[0].Int(0);
      // None is missing in between. (PostgreSQL leaves gaps where a transaction was rolled back.)
      CHECK((kind == DatabaseKind::kPostgres || (*count)[0].Int(1) == rows));
      return absl::OkStatus();
    });
    REQUIRE(status.ok());
    if (kind == DatabaseKind::kSqliteFile) CheckIntegrity(*store);
    CHECK(rows >= rows_before + reports);
    CHECK(rows <= rows_before + reports + 1);  // the one in the making
    rows_before = rows;
  }
  CHECK(rows_before > 0);
}

}  // namespace
}  // namespace gregale::store
