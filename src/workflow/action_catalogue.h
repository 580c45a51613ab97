#pragma once

#include <span>
#include <string_view>

#include "absl/status/status.h"
#include "base/json.h"

// The actions that every workflow can name, as they look from outside. What they do is elsewhere:
// executors run them.
namespace gregale::workflow {

struct ActionEntry {
  // Who says how an action ended.
  enum class End {
    kAction,   // it itself, by its result
    kOutside,  // somebody else, through the API: the action is asynchronous
  };

  std::string_view name;       // "std.echo"
  std::string_view signature;  // "output, delay=0": what may be left out has a default
  std::string_view description;
  End end = End::kAction;
};

// The signature of an action that checks the names of its input itself.
inline constexpr std::string_view kAnyInput = "*";

// Every action, sorted by name.
std::span<const ActionEntry> ActionCatalogue();
// nullptr for an unknown name.
const ActionEntry* FindAction(std::string_view name);

// Whether an action can be called with such an input: by the names, not by the values. kNotFound:
// there is no such action; kInvalidArgument, in Mistral's words: an input is missing or unknown.
absl::Status CheckActionInput(std::string_view name, const base::Json& input);

}  // namespace gregale::workflow
