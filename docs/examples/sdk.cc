// The C++ SDK in one page: boots a VNF from a descriptor, watches what happens to it for a while,
// and deletes it.
//
//   sdk 127.0.0.1:9891 docs/examples/monitored-vnf.yaml
//
// Exit status 0: it became ACTIVE and its deletion was accepted.
#include <client/vnf_client.h>

#include <fstream>
#include <iostream>
#include <sstream>

#include "absl/synchronization/notification.h"

namespace v1 = gregale::v1;

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: sdk SERVER:PORT DESCRIPTOR.yaml\n";
    return 1;
  }
  const gregale::client::VnfClient vnfs({{.targets = {argv[1]}, .timeout = absl::Seconds(5)}});

  std::ostringstream descriptor;
  descriptor << std::ifstream(argv[2]).rdbuf();
  v1::CreateVnfRequest create;
  create.set_name("sdk-example");
  create.set_vnfd_template(descriptor.str());

  // The stream is opened before the VNF is asked for, so that no event is missed.
  absl::Notification active;
  gregale::client::Stream events = vnfs.WatchEvents({}, [&](const v1::Event& event) {
    std::cout << event.event_type() << " " << event.resource_state() << ": " << event.details()
              << std::endl;
    if (event.resource_type() == "vnf" && event.resource_state() == "ACTIVE" &&
        !active.HasBeenNotified()) {
      active.Notify();
    }
  });

  const auto vnf = vnfs.CreateVnf(create);
  if (!vnf.ok()) {
    std::cerr << vnf.status() << "\n";
    return 1;
  }
  std::cout << "accepted: " << vnf->id() << std::endl;

  const bool became_active = active.WaitForNotificationWithTimeout(absl::Seconds(20));

  v1::DeleteVnfRequest remove;
  remove.set_id(vnf->id());
  const auto removed = vnfs.DeleteVnf(remove);
  if (!removed.ok()) std::cerr << removed.status() << "\n";
  return became_active && removed.ok() ? 0 : 1;
}
