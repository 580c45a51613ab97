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

struct Target {
  std::string_view name;  // of its folder in the corpus, too
  void (*run)(std::string_view);
};
inline constexpr Target kTargets[] = {
    {"definition", &Definition}, {"yaql", &Yaql}, {"jinja", &Jinja}};

}  // namespace gregale::fuzz
