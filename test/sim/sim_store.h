#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "store/database.h"
#include "store/store.h"

namespace gregale::sim {

// How one node's way to the database fails now.
struct StoreFaults {
  bool away = false;     // every transaction is refused
  int lost_answers = 0;  // so many commits are done, and nobody learns it
  int forgets = 0;       // see Mutant
  // Runs once, before the next transaction that writes begins: the process stands still there.
  std::function<void()> stall;
};

// The one database of a simulated world, in memory. Each node has a Store of its own on it, with
// faults of its own. Everything outlives the stores.
class SharedDatabase {
 public:
  // Rewrites statements: a planted bug, where there is one.
  using Rewrite = std::function<std::string(std::string_view)>;
  SharedDatabase(const base::Clock& clock, Rewrite rewrite);

  std::unique_ptr<store::Store> Open(const base::Clock& clock, StoreFaults& faults);
  // How many transactions have changed something.
  int64_t commits() const { return commits_; }

 private:
  class Way;
  class Connection;

  const std::unique_ptr<store::Database> database_;
  const Rewrite rewrite_;
  std::unique_ptr<store::SqlConnection> connection_;
  int64_t commits_ = 0;
};

}  // namespace gregale::sim
