#include "workflow/state.h"

#include <array>
#include <utility>

namespace gregale::workflow {
namespace {

constexpr std::array<std::pair<State, std::string_view>, 9> kNames = {{
    {State::kIdle, "IDLE"},
    {State::kWaiting, "WAITING"},
    {State::kRunning, "RUNNING"},
    {State::kDelayed, "DELAYED"},
    {State::kPaused, "PAUSED"},
    {State::kSuccess, "SUCCESS"},
    {State::kError, "ERROR"},
    {State::kCancelled, "CANCELLED"},
    {State::kSkipped, "SKIPPED"},
}};

}  // namespace

std::string_view StateName(State state) {
  for (const auto& [known, name] : kNames) {
    if (known == state) return name;
  }
  return "";
}

std::optional<State> ParseState(std::string_view name) {
  for (const auto& [state, known] : kNames) {
    if (known == name) return state;
  }
  return std::nullopt;
}

bool IsCompleted(State state) {
  return state == State::kSuccess || state == State::kError || state == State::kCancelled ||
         state == State::kSkipped;
}

bool IsTransition(State from, State to) {
  if (from == to) return true;
  switch (from) {
    case State::kIdle:
      return to == State::kRunning || to == State::kError || to == State::kCancelled;
    case State::kWaiting:
      return to == State::kRunning;
    case State::kRunning:
      return to == State::kPaused || to == State::kDelayed || IsCompleted(to);
    case State::kDelayed:
    case State::kPaused:
      return to == State::kRunning || to == State::kError || to == State::kCancelled;
    case State::kError:
      return to == State::kRunning || to == State::kSkipped;
    case State::kCancelled:
      return to == State::kRunning;
    case State::kSuccess:
    case State::kSkipped:
      return false;
  }
  return false;
}

}  // namespace gregale::workflow
