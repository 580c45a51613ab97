#pragma once

#include <string_view>

// What is fed with arbitrary bytes: each must take them in bounded time and memory, and crash on
// none. The first bytes that make one fail become a file of test/fuzz/corpus.
namespace gregale::fuzz {

// A definition of each kind: parsed, checked, and its trees evaluated without data.
void Definition(std::string_view text);

// A bare expression, evaluated on a small context.
void Yaql(std::string_view text);
void Jinja(std::string_view text);

// The first byte chooses a workflow, each further one an event: results, timers, pauses, stops,
// reruns, restarts in any order. An error changes nothing, a state survives being saved, no action
// starts twice, and left to itself the execution ends.
void Engine(std::string_view bytes);

struct Target {
  std::string_view name;  // of its folder in the corpus, too
  void (*run)(std::string_view);
};
inline constexpr Target kTargets[] = {
    {"definition", &Definition}, {"engine", &Engine}, {"yaql", &Yaql}, {"jinja", &Jinja}};

}  // namespace gregale::fuzz
