#include "sim/mutants.h"

#include <string>

namespace gregale::sim {
namespace {

constexpr Mutant kMutants[] = {
    {"operations are claimed although their lease stands", "leased.lease_until > ?",
     "leased.lease_until > ?", "leased.lease_until > ? + 100000000"},
    {"lost executors keep their monitors", "lease_until > ?", "lease_until > ?",
     "lease_until > ? - 1000000000"},
    {"a monitor's confirmation counts for any version", "UPDATE placement SET acked_version",
     "acked_version = CAST(given.column2 AS BIGINT)", "acked_version = 1000"},
    {"the session of a lost executor goes on when it is back", "UPDATE executor SET",
     "session_epoch = session_epoch + 1", "session_epoch = session_epoch"},
    {"an executor's session belongs to whoever asked first", "session_until <= ?",
     "session_until <= ?", "session_until <= ? - 1000000000"},
    {"a monitor's new input is no new version", "UPDATE placement SET", "version = version + 1",
     "version = version"},
    {"actions of lost executors run again, safe or not", "FROM action_run WHERE",
     "safe_rerun, executor_id", "1, executor_id"},
    {"what follows from a commit is done although it was not committed", "", "", "", 15},
};

}  // namespace

std::span<const Mutant> Mutants() { return kMutants; }

SharedDatabase::Rewrite RewriteOf(const Mutant& mutant) {
  return [mutant](std::string_view sql) {
    std::string text(sql);
    if (mutant.from.empty() || text.find(mutant.statement) == text.npos) return text;
    const size_t at = text.find(mutant.from);
    if (at != text.npos) text.replace(at, mutant.from.size(), mutant.to);
    return text;
  };
}

}  // namespace gregale::sim
