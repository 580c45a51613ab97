#pragma once

#include <span>
#include <string_view>

#include "sim/sim_store.h"

namespace gregale::sim {

// A planted bug: a statement of the product's as a careless change would have it. The simulator
// must notice each within a few hundred seeds.
struct Mutant {
  std::string_view name;
  std::string_view statement;  // what the statement contains
  std::string_view from;
  std::string_view to;
  int forgets = 0;  // of so many commits of a conductor one is said to be done, and is not
};

std::span<const Mutant> Mutants();
SharedDatabase::Rewrite RewriteOf(const Mutant& mutant);

}  // namespace gregale::sim
