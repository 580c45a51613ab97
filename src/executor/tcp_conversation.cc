#include "base/text.h"
#include "executor/conversation.h"

namespace gregale::executor {

Conversation ConverseTcp(const ProbeRequest& request) {
  return {.port = request.parameters->port, .tls = {}, .request = {}, .judge = {}};
}

std::string HostAndPort(const ProbeRequest& request, uint16_t port) {
  const std::string address = request.address.ToText();
  if (request.address.is_v6()) return base::Cat("[", address, "]:", port);
  return base::Cat(address, ":", port);
}

}  // namespace gregale::executor
