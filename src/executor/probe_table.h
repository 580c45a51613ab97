#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "executor/prober.h"

namespace gregale::executor {

// Hears what becomes of its own probes, by their sequence numbers. See ProbeListener.
class ProbeOwner {
 public:
  virtual ~ProbeOwner() = default;
  virtual void OnAnswer(uint32_t sequence, const IpAddress& from, base::MonoTime received) = 0;
  virtual void OnProbeFailure(uint32_t sequence, std::string_view reason) = 0;
  virtual void OnComplaint(uint32_t sequence, std::string_view reason) = 0;
  virtual void OnUnsent(uint32_t sequence, std::string_view reason) = 0;
  virtual void OnUnknown(uint32_t sequence, std::string_view reason) = 0;
  virtual void OnOutput(std::string_view output) = 0;
};

// Finds the owner of a probe without any state per probe: an array of owners, in which a slot is
// used again under a new generation. On the loop's thread only.
class ProbeTable final : public ProbeListener {
 public:
  // An owner's place; removes it when destroyed, and no call reaches the owner after that.
  class Place {
   public:
    Place(ProbeTable& table, ProbeOwner& owner);
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ProbeId Name(uint32_t sequence) const { return {slot_, generation_, sequence}; }

   private:
    ProbeTable& table_;
    uint32_t slot_;
    uint32_t generation_;
  };

  void OnAnswer(const ProbeId& id, const IpAddress& from, base::MonoTime received) override;
  void OnFailure(const ProbeId& id, std::string_view reason) override;
  void OnComplaint(const ProbeId& id, std::string_view reason) override;
  void OnUnsent(const ProbeId& id, std::string_view reason) override;
  void OnUnknown(const ProbeId& id, std::string_view reason) override;
  void OnOutput(const ProbeId& id, std::string_view output) override;
  bool IsWanted(const ProbeId& id) const override { return Find(id) != nullptr; }

 private:
  struct Slot {
    ProbeOwner* owner = nullptr;
    uint32_t generation = 0;
  };
  ProbeOwner* Find(const ProbeId& id) const;

  std::vector<Slot> slots_;
  std::vector<uint32_t> free_;
};

}  // namespace gregale::executor
