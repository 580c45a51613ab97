#pragma once

#include <catch2/catch.hpp>
#include <filesystem>
#include <memory>
#include <ostream>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "store/database_url.h"
#include "store/sqlite/sqlite_database.h"
#include "store/store.h"
#include "support/fake_clock.h"
#include "support/forwarding_database.h"
#include "support/postgres_server.h"

namespace gregale::store {

// The databases that every test of the typed functions runs on; a new adapter is a new value here.
enum class DatabaseKind { kSqliteMemory, kSqliteFile, kPostgres };

inline std::ostream& operator<<(std::ostream& out, DatabaseKind kind) {
  switch (kind) {
    case DatabaseKind::kSqliteMemory:
      return out << "SQLite in memory";
    case DatabaseKind::kSqliteFile:
      return out << "SQLite in a file";
    case DatabaseKind::kPostgres:
      return out << "PostgreSQL";
  }
  return out;
}

// The rest of the test case runs once for each database; or for each that several stores can share.
#define GREGALE_EACH_DATABASE() \
  GENERATE(DatabaseKind::kSqliteMemory, DatabaseKind::kSqliteFile, DatabaseKind::kPostgres)
#define GREGALE_EACH_SHARED_DATABASE() GENERATE(DatabaseKind::kSqliteFile, DatabaseKind::kPostgres)

// A directory that goes with everything in it.
class ScratchDirectory {
 public:
  ScratchDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "gregale-store-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~ScratchDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;

  std::string File(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

// Its clock is the test's, and not that of a server.
class ClockedDatabase : public ForwardingDatabase {
 public:
  ClockedDatabase(std::unique_ptr<Database> inner, const base::Clock& clock)
      : ForwardingDatabase(std::move(inner)), clock_(clock) {}
  absl::StatusOr<std::unique_ptr<SqlConnection>> Connect() override {
    auto inner = ForwardingDatabase::Connect();
    if (!inner.ok()) return inner.status();
    return std::make_unique<Connection>(*std::move(inner), clock_);
  }

 private:
  class Connection : public ForwardingConnection {
   public:
    Connection(std::unique_ptr<SqlConnection> inner, const base::Clock& clock)
        : ForwardingConnection(std::move(inner)), clock_(clock) {}
    absl::StatusOr<absl::Time> Now() override {
      return absl::FromUnixMicros(absl::ToUnixMicros(clock_.Wall()));
    }

   private:
    const base::Clock& clock_;
  };

  const base::Clock& clock_;
};

inline std::unique_ptr<Store> OpenStore(const std::string& url, const base::Clock& clock) {
  auto database = DatabaseAt(url, clock);
  REQUIRE(database.ok());
  auto store = Store::Open(std::make_unique<ClockedDatabase>(*std::move(database), clock), clock);
  INFO(store.status());
  REQUIRE(store.ok());
  return *std::move(store);
}

// An empty database, and where it is.
class TestDatabase {
 public:
  explicit TestDatabase(DatabaseKind kind) {
    switch (kind) {
      case DatabaseKind::kSqliteMemory:
        url_ = "sqlite://:memory:";
        break;
      case DatabaseKind::kSqliteFile:
        url_ = "sqlite://" + directory_.File("store.db");
        break;
      case DatabaseKind::kPostgres:
        url_ = PostgresServer::Shared().FreshUrl();
        break;
    }
  }
  const std::string& url() const { return url_; }
  std::unique_ptr<Store> Open(const base::Clock& clock) const { return OpenStore(url_, clock); }

 private:
  ScratchDirectory directory_;
  std::string url_;
};

// A store with a clock that the test moves. What is not expected to fail fails the test.
struct StoreFixture {
  explicit StoreFixture(DatabaseKind kind) : database(kind), store(database.Open(clock)) {}

  // Runs `f(txn)` in a transaction of its own and returns its status.
  template <typename F>
  absl::Status Try(F f) {
    return store->Write([&](Txn& txn) -> absl::Status { return f(txn); });
  }
  // The same, for what must succeed.
  template <typename F>
  void Do(F f) {
    const absl::Status status = Try(f);
    INFO(status);
    REQUIRE(status.ok());
  }
  // Runs `f(txn)`, which returns a StatusOr, in a transaction of its own and returns the value.
  template <typename F>
  auto Get(F f) {
    using Result = decltype(f(std::declval<Txn&>()));
    Result result = absl::UnknownError("not run");
    Do([&](Txn& txn) {
      result = f(txn);
      return result.status();
    });
    return *std::move(result);
  }

  TestDatabase database;
  base::FakeClock clock;
  std::unique_ptr<Store> store;
};

}  // namespace gregale::store
