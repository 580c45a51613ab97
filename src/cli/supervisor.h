#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/epoll_loop.h"
#include "cli/process.h"
#include "cli/restart_backoff.h"

namespace gregale::cli {

// A program that is kept running.
struct Program {
  std::string name;               // "gregale-server"
  std::vector<std::string> argv;  // argv[0] is its path
  std::string log_path;
  absl::Duration grace;  // between SIGTERM and SIGKILL when it is stopped
};

// Keeps programs running: starts them, starts those that die again (RestartBackoff), and stops them
// one after the other. Lives on the loop's thread, which must be the one that made it.
class Supervisor {
 public:
  struct Observer {
    std::function<void()> changed;                 // a program was started or has ended
    std::function<void(const std::string&)> says;  // a line for people
  };

  // `programs` in the order in which they are stopped; they are started in the opposite one.
  Supervisor(base::EventLoop& loop, std::vector<Program> programs, Observer observer);
  ~Supervisor();

  void Start();
  // Stops them all, in order, each with its grace; restarts nothing any more. Calls `done` once,
  // also where nothing runs. A second call changes nothing.
  void Stop(std::function<void()> done);
  // While stopping: no more grace for anybody.
  void Hurry();

  struct Info {
    pid_t pid = 0;    // 0: it does not run now
    int endings = 0;  // how often it has ended by itself
    std::string last_ending;
  };
  Info info(size_t program) const;

 private:
  class Child;
  void StopNext();

  base::EventLoop& loop_;
  Observer observer_;
  std::vector<std::unique_ptr<Child>> children_;
  bool stopping_ = false;
  bool hurry_ = false;
  std::function<void()> done_;
};

}  // namespace gregale::cli
