#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "base/clock.h"
#include "base/epoll_loop.h"
#include "base/shutdown.h"
#include "cli/supervisor.h"
#include "cli/up_plan.h"
#include "client/channel.h"

namespace gregale::cli {

// One run of `gregale up`, from the start of its processes to the end of the last: on the thread
// that made it. The directory is taken (TakeDirectory) by the caller.
class UpSession {
 public:
  // `shutdown` says when to stop.
  UpSession(const UpOptions& options, const base::Clock& clock, base::ShutdownSignal& shutdown,
            std::ostream& out);

  // Blocks until everything has stopped. OK: because it was told to. Errors: it could not come up,
  // or something was left behind.
  absl::Status Run();

 private:
  void OnChanged();
  void OnSignal();
  void CheckReady();
  absl::Status CheckNext() const;
  void GiveUp(const std::string& why);
  void StopAll();
  absl::Status TearDownLocalVim();
  void Say(const std::string& line);

  const std::string directory_;
  UpPlan plan_;
  base::ShutdownSignal& shutdown_;
  std::ostream& out_;
  base::EventLoop loop_;
  std::vector<client::Channel> channels_;  // to the processes, in the plan's order
  size_t ready_ = 0;                       // so many of them are
  base::MonoTime give_up_at_;
  absl::Status failure_;
  base::FdWatch signal_watch_;
  base::Alarm check_ready_;
  Supervisor supervisor_;
  bool stopping_ = false;
};

}  // namespace gregale::cli
