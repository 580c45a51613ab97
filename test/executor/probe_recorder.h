#pragma once

#include <functional>
#include <string>
#include <vector>

#include "executor/prober.h"

namespace gregale::executor {

// Keeps what a real prober says about its probes.
struct ProbeRecorder final : ProbeListener {
  struct Outcome {
    std::string what;  // "answer", "failure", "complaint", "unsent", "unknown"
    ProbeId id;
    std::string text;  // the sender or the reason
    base::MonoTime received;
  };
  void OnAnswer(const ProbeId& id, const IpAddress& from, base::MonoTime received) override {
    outcomes.push_back({"answer", id, from.ToText(), received});
  }
  void OnFailure(const ProbeId& id, std::string_view reason) override {
    outcomes.push_back({"failure", id, std::string(reason), {}});
  }
  void OnComplaint(const ProbeId& id, std::string_view reason) override {
    outcomes.push_back({"complaint", id, std::string(reason), {}});
  }
  void OnUnsent(const ProbeId& id, std::string_view reason) override {
    outcomes.push_back({"unsent", id, std::string(reason), {}});
  }
  void OnUnknown(const ProbeId& id, std::string_view reason) override {
    outcomes.push_back({"unknown", id, std::string(reason), {}});
  }
  void OnOutput(const ProbeId&, std::string_view output) override { written = output; }
  bool IsWanted(const ProbeId& id) const override { return !unwanted || id.slot != *unwanted; }

  std::vector<Outcome> outcomes;
  std::string written;               // by the last check program
  std::optional<uint32_t> unwanted;  // a slot that nobody has any more
};

}  // namespace gregale::executor
