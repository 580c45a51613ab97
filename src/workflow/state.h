#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace gregale::workflow {

// Mistral's states, of executions, tasks and actions alike.
enum class State : uint8_t {
  kIdle,
  kWaiting,  // a join that has not come together
  kRunning,
  kDelayed,  // by a policy; "DELAYED" in Mistral's words
  kPaused,
  kSuccess,
  kError,
  kCancelled,
  kSkipped,
};

// "RUNNING". A delayed task's name is "DELAYED".
std::string_view StateName(State state);
std::optional<State> ParseState(std::string_view name);

// Nothing changes any more by itself: SUCCESS, ERROR, CANCELLED, SKIPPED.
bool IsCompleted(State state);

// Whether an execution may go from one state to another. To itself: always.
bool IsTransition(State from, State to);

}  // namespace gregale::workflow
