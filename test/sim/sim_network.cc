#include "sim/sim_network.h"

#include <algorithm>

namespace gregale::sim {

void SimNetwork::Send(Node& from, Node& to, std::function<void()> arrive, OnLost lost) {
  if (!from.running) return;
  const absl::Duration delay = absl::Microseconds(200 + random_.Below(3'000));
  base::MonoTime& last = last_[{from.name, to.name}];
  const base::MonoTime when = std::max(last, world_.Now() + delay);
  last = when;
  Message message{&from, &to, to.life, std::move(arrive), std::move(lost)};
  if (!Passes(from.name, to.name)) message.arrive = nullptr;
  messages_.emplace(std::pair(when, sequence_++), std::move(message));
}

void SimNetwork::Later(Node& node, absl::Duration delay, std::function<void()> what) {
  messages_.emplace(std::pair(world_.Now() + delay, sequence_++),
                    Message{&node, &node, node.life, std::move(what), {}});
}

void SimNetwork::Deliver() {
  while (!messages_.empty() && messages_.begin()->first.first <= world_.Now()) {
    Message message = std::move(messages_.begin()->second);
    messages_.erase(messages_.begin());
    const bool arrives = message.arrive != nullptr && message.to->running &&
                         message.life == message.to->life &&
                         Passes(message.from->name, message.to->name);
    if (arrives) {
      message.to->scheduler->Post(std::move(message.arrive));
    } else if (message.lost) {
      message.lost();
    }
  }
}

}  // namespace gregale::sim
