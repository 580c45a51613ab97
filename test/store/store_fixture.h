#pragma once

#include <catch2/catch.hpp>
#include <filesystem>
#include <memory>
#include <ostream>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "store/sqlite/sqlite_database.h"
#include "store/store.h"
#include "support/fake_clock.h"

namespace gregale::store {

// The databases that every test of the typed functions runs on; a new adapter is a new value here.
enum class DatabaseKind { kSqliteMemory, kSqliteFile };

inline std::ostream& operator<<(std::ostream& out, DatabaseKind kind) {
  return out << (kind == DatabaseKind::kSqliteMemory ? "SQLite in memory" : "SQLite in a file");
}

// The rest of the test case runs once for each database.
#define GREGALE_EACH_DATABASE() GENERATE(DatabaseKind::kSqliteMemory, DatabaseKind::kSqliteFile)

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

inline std::unique_ptr<Store> OpenStore(const std::string& path, const base::Clock& clock) {
  absl::StatusOr<std::unique_ptr<Store>> store = Store::Open("sqlite://" + path, clock);
  INFO(store.status());
  REQUIRE(store.ok());
  return *std::move(store);
}

// A store with a clock that the test moves. What is not expected to fail fails the test.
struct StoreFixture {
  explicit StoreFixture(DatabaseKind kind) {
    store = OpenStore(kind == DatabaseKind::kSqliteMemory ? std::string(SqliteDatabase::kMemory)
                                                          : directory.File("store.db"),
                      clock);
  }

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

  ScratchDirectory directory;
  base::FakeClock clock;
  std::unique_ptr<Store> store;
};

}  // namespace gregale::store
