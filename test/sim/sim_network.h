#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/random.h"
#include "support/sim_scheduler.h"

namespace gregale::sim {

// A machine: its own time, which may stand still while the world's goes on. What reaches it runs on
// its scheduler. `life` rises with each start: what was meant for an earlier life is dropped.
struct Node {
  std::string name;
  double clock_rate = 1;      // of its clocks, against the world's
  absl::Duration wall_error;  // of its calendar
  std::unique_ptr<base::SimScheduler> scheduler;
  int life = 0;
  bool running = false;
  bool hung = false;
};

// Messages between nodes, each delayed; lost where the way is cut when they are sent or when they
// should arrive. Used by one thread.
class SimNetwork {
 public:
  SimNetwork(base::SimScheduler& world, base::Random& random) : world_(world), random_(random) {}

  // One direction; a node always reaches itself.
  void Cut(const std::string& from, const std::string& to) {
    if (from != to) cuts_.insert({from, to});
  }
  void Mend() { cuts_.clear(); }
  bool Passes(const std::string& from, const std::string& to) const {
    return !cuts_.contains({from, to});
  }

  using OnLost = std::function<void()>;
  // Runs `arrive` on the node that it is for. Messages of one pair keep their order. `lost` is
  // called by the world where it cannot be delivered. What a node sends that does not run is not
  // sent.
  void Send(Node& from, Node& to, std::function<void()> arrive, OnLost lost = {});
  // Runs `what` on the node after a while, in the life it has now.
  void Later(Node& node, absl::Duration delay, std::function<void()> what);
  // Delivers what is due now.
  void Deliver();

  // A unary call: `handle` runs on `to`, `done` on `from`, once: with the answer, or with
  // kUnavailable after `patience`.
  template <class Answer>
  void Call(Node& from, Node& to, absl::Duration patience, std::function<Answer()> handle,
            std::function<void(Answer)> done) {
    auto over = std::make_shared<bool>(false);
    auto finish = [over, life = from.life, &from, done = std::move(done)](Answer answer) {
      // Who asked may have died, and live again.
      if (from.life == life && !std::exchange(*over, true)) done(std::move(answer));
    };
    Later(from, patience, [finish] { finish(absl::UnavailableError("no answer in time")); });
    Send(from, to, [this, &from, &to, handle = std::move(handle), finish] {
      Send(to, from, [finish, answer = handle()] { finish(answer); });
    });
  }

 private:
  struct Message {
    Node* from;
    Node* to;
    int life;
    std::function<void()> arrive;
    OnLost lost;
  };

  base::SimScheduler& world_;
  base::Random& random_;
  std::set<std::pair<std::string, std::string>> cuts_;
  std::map<std::pair<base::MonoTime, uint64_t>, Message> messages_;
  std::map<std::pair<std::string, std::string>, base::MonoTime> last_;
  uint64_t sequence_ = 0;
};

}  // namespace gregale::sim
