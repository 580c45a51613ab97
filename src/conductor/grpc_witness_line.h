#pragma once

#include <memory>

#include "conductor/witness_desk.h"
#include "rpc/transport.h"

namespace gregale::conductor {

// Probes over gRPC: VNFPolicyMonitorRPC.Probe. Destroying it cancels the calls that are open, and
// waits until they have ended.
class GrpcWitnessLine final : public WitnessLine {
 public:
  explicit GrpcWitnessLine(const rpc::Transport& transport);
  ~GrpcWitnessLine() override;

  void Probe(const std::string& address, const v1::ProbeRequest& request, absl::Duration timeout,
             Done done) override;

 private:
  class Calls;
  const std::unique_ptr<Calls> calls_;
};

}  // namespace gregale::conductor
