#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace gregale::bench {

// Ends the program with status 2.
[[noreturn]] void Fail(const std::string& what);

// A port of 127.0.0.1 that was free just now.
int FreePort();

// Seconds of a clock that never goes back.
double Now();

// A program as a child; dies with this object.
class Process {
 public:
  explicit Process(std::vector<std::string> words);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // Lets it work for this time; fails where it dies.
  void Watch(double seconds) const;
  // Time on processors so far.
  double CpuSeconds() const;
  double ResidentBytes() const;

 private:
  const std::string program_;
  pid_t pid_ = 0;
};

}  // namespace gregale::bench
