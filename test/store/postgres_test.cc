// What only PostgreSQL can do wrong: hosts that die, hang or are swapped under us, answers that get
// lost, and texts that it does not take. Everything else is tested on every database alike.
#include <thread>

#include "base/error.h"
#include "base/text.h"
#include "store/event_table.h"
#include "store/postgres/postgres_error.h"
#include "store/postgres/postgres_statement.h"
#include "store/postgres/postgres_url.h"
#include "store_fixture.h"
#include "support/cutting_proxy.h"

namespace gregale::store {
namespace {

using Cut = CuttingProxy::Cut;

constexpr absl::Duration kLong = absl::Seconds(30);

// Rows of a table that knows no duplicates: a transaction that took effect twice leaves two.
absl::Status AddNote(Txn& txn) {
  return txn.Execute("INSERT INTO note (a) VALUES (1)", {}).status();
}

int64_t CountNotes(Store& store) {
  int64_t notes = -1;
  const absl::Status status = store.Read([&](Txn& txn) {
    const auto rows = txn.Query("SELECT COUNT(*) FROM note", {});
    if (rows.ok()) notes = rows->front().Int(0);
    return rows.status();
  });
  INFO(status);
  REQUIRE(status.ok());
  return notes;
}

void MakeNotes(Store& store) {
  const absl::Status made = store.Write(
      [](Txn& txn) { return txn.Execute("CREATE TABLE note (a BIGINT)", {}).status(); });
  INFO(made);
  REQUIRE(made.ok());
}

// Whatever a test does to the server, the next finds it running.
class ServerOutage {
 public:
  explicit ServerOutage(std::string_view command) : start_(command != "pause") {
    PostgresServer::Shared().Command(command);
  }
  ~ServerOutage() { End(); }
  void End() {
    if (std::exchange(over_, true)) return;
    PostgresServer::Shared().Command(start_ ? "start" : "resume");
  }

 private:
  const bool start_;
  bool over_ = false;
};

// The URL by way of a proxy.
std::string Through(const CuttingProxy& proxy, const std::string& url) {
  const size_t parameters = url.find("&options=");
  return base::Cat("postgresql://gregale@127.0.0.1:", proxy.port(), "/postgres?",
                   url.substr(parameters + 1));
}

std::string SocketOf(const PostgresServer& server) { return server.directory() + "/.s.PGSQL.5432"; }

TEST_CASE("Parameters are numbered, but not within quotes") {
  CHECK(ToPostgres("SELECT 1").sql == "SELECT 1");
  const PostgresStatement statement = ToPostgres("a = ? AND b = '?''?' AND \"c?\" = ?");
  CHECK(statement.sql == "a = $1 AND b = '?''?' AND \"c?\" = $2");
  CHECK(statement.parameters == 2);
}

TEST_CASE("A URL is shown without its passwords") {
  const std::pair<const char*, const char*> cases[] = {
      {"postgresql://h/d", "postgresql://h/d"},
      {"postgresql://u@h/d?sslmode=require", "postgresql://u@h/d?sslmode=require"},
      {"postgresql://u:secret@h:1,g:2/d", "postgresql://u:***@h:1,g:2/d"},
      {"postgresql://u:se@cr:et@h/d", "postgresql://u:***@h/d"},
      {"postgresql://h:5432/d?password=secret&user=u&sslpassword=x",
       "postgresql://h:5432/d?password=***&user=u&sslpassword=***"},
      {"mysql://u:secret@h/d", "mysql://u:***@h/d"},
      {"sqlite:///a/b", "sqlite:///a/b"},
  };
  for (const auto& [url, shown] : cases) CHECK(WithoutPassword(url) == shown);

  base::FakeClock clock;
  for (const char* url : {"mysql://u:secret@h/d", "postgresql://u:se%secret@h/d",
                          "postgresql://u:secret@h:x:secret/d?nothing=secret"}) {
    const absl::Status status = DatabaseAt(url, clock).status();
    CHECK(absl::IsInvalidArgument(status));
    CHECK(!base::Contains(base::FromAbsl(status.message()), "secret"));
  }
}

TEST_CASE("Errors of PostgreSQL are told apart by what can be done about them") {
  CHECK(absl::IsUnavailable(PostgresError("", "connection refused")));
  CHECK(absl::IsUnavailable(PostgresError("40001", "")));
  CHECK(absl::IsUnavailable(PostgresError("57P01", "")));
  CHECK(absl::IsAlreadyExists(PostgresError("23505", "")));
  CHECK(absl::IsFailedPrecondition(PostgresError("23503", "")));
  CHECK(absl::IsResourceExhausted(PostgresError("53100", "")));
  CHECK(absl::IsUnavailable(PostgresError("53300", "")));
  CHECK(absl::IsDataLoss(PostgresError("XX001", "")));
  CHECK(absl::IsInternal(PostgresError("42601", "")));
  CHECK(PostgresError("", " a\nb\n").message() == "PostgreSQL: a b");
}

TEST_CASE("A text that PostgreSQL cannot keep is refused, and nothing of it is kept") {
  StoreFixture fixture(DatabaseKind::kPostgres);
  for (const std::string& text : {std::string("a\0b", 3), std::string("\xff")}) {
    CHECK(absl::IsInvalidArgument(
        fixture.Try([&](Txn& txn) { return InsertEvent(txn, {.details = text}); })));
  }
  CHECK(fixture.Get([](Txn& txn) { return ListEvents(txn, {}); }).empty());
}

TEST_CASE("A commit whose answer was lost has taken effect once") {
  const TestDatabase database(DatabaseKind::kPostgres);
  CuttingProxy proxy(SocketOf(PostgresServer::Shared()));
  const base::SystemClock clock;
  const auto store = OpenStore(Through(proxy, database.url()), clock);
  MakeNotes(*store);
  int64_t notes = 0;
  // Twice each: the first commit of a connection makes its mark, later ones change it.
  for (const Cut cut : {Cut::kBefore, Cut::kAfter, Cut::kBefore, Cut::kAfter}) {
    proxy.CutNextCommit(cut);
    int runs = 0;
    const absl::Status status = store->Write([&](Txn& txn) {
      ++runs;
      return AddNote(txn);
    });
    INFO(status);
    CHECK(status.ok());
    CHECK(proxy.WasCut());
    CHECK(runs == (cut == Cut::kBefore ? 2 : 1));
    CHECK(CountNotes(*store) == ++notes);
  }
}

TEST_CASE("A commit that arrives after it was given up fails") {
  const TestDatabase database(DatabaseKind::kPostgres);
  CuttingProxy proxy(SocketOf(PostgresServer::Shared()));
  const base::SystemClock clock;
  const auto store = OpenStore(Through(proxy, database.url()), clock);
  MakeNotes(*store);
  for (int notes = 1; notes <= 2; ++notes) {
    proxy.CutNextCommit(Cut::kHoldBack);
    CHECK(store->Write(AddNote).ok());
    CHECK(proxy.WasCut());
    const std::string answer = proxy.Deliver();
    CHECK(base::Contains(answer, "40001"));
    CHECK(CountNotes(*store) == notes);
  }
}

TEST_CASE("A server that is killed, or stopped, and comes back is used again") {
  const TestDatabase database(DatabaseKind::kPostgres);
  const base::SystemClock clock;
  const auto store = database.Open(clock);
  MakeNotes(*store);
  REQUIRE(store->Write(AddNote).ok());
  int64_t token = 0;
  store->WaitForChange(token, absl::ZeroDuration());
  ServerOutage outage(GENERATE("kill", "stop"));
  absl::Status status;
  std::thread writer([&] { status = store->Write(AddNote); });
  outage.End();
  writer.join();
  INFO(status);
  CHECK(status.ok());
  CHECK(CountNotes(*store) == 2);

  const auto other = database.Open(clock);
  REQUIRE(other->Write(AddNote).ok());
  for (int64_t before = token; before != token || CountNotes(*store) < 3;) {
    before = token;
    store->WaitForChange(token, kLong);
    REQUIRE(token != before);
  }
}

TEST_CASE("A server that is away, or hangs, costs a bounded time") {
  const TestDatabase database(DatabaseKind::kPostgres);
  const base::SystemClock clock;
  const auto store = database.Open(clock);
  MakeNotes(*store);
  ServerOutage outage(GENERATE("stop", "pause"));
  const base::MonoTime begin = clock.Mono();
  CHECK(absl::IsUnavailable(store->Write(AddNote)));
  CHECK(clock.Mono() - begin < absl::Seconds(10));
  outage.End();
  CHECK(store->Write(AddNote).ok());
  CHECK(CountNotes(*store) == 1);
}

TEST_CASE("Of several hosts, the one that takes changes is used") {
  const TestDatabase database(DatabaseKind::kPostgres);
  const base::SystemClock clock;
  const size_t parameters = database.url().find("&options=");
  const std::string url =
      base::Cat("postgresql:///postgres?user=gregale&host=/nowhere,",
                PostgresServer::Shared().directory(), database.url().substr(parameters));
  CHECK(OpenStore(url, clock)->Ping().ok());
}

}  // namespace
}  // namespace gregale::store
