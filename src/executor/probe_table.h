#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/event_loop.h"
#include "base/random.h"
#include "executor/probe_statistics.h"
#include "executor/prober.h"
#include "executor/reason_book.h"

namespace gregale::executor {

// Hears what becomes of its own probes, by their sequence numbers (see ProbeListener), and when its
// time has come.
class ProbeOwner {
 public:
  virtual ~ProbeOwner() = default;
  virtual void OnTime() = 0;
  virtual void OnSent(uint32_t sequence, base::MonoTime when) = 0;
  virtual void OnAnswer(uint32_t sequence, const IpAddress& from, base::MonoTime received) = 0;
  virtual void OnProbeFailure(uint32_t sequence, std::string_view reason) = 0;
  virtual void OnComplaint(uint32_t sequence, std::string_view reason) = 0;
  virtual void OnUnsent(uint32_t sequence, std::string_view reason) = 0;
  virtual void OnUnknown(uint32_t sequence, std::string_view reason) = 0;
  virtual void OnOutput(std::string_view output) = 0;
};

// Knows the owners of probes, a million of them: finds an owner without any state per probe (an
// array in which a slot is used again under a new generation), and calls each at the time it asked
// for. On the loop's thread only.
//
// The times are in a hashed wheel with ticks of 1 ms: a list of slot numbers for each tick of a
// round of 16 seconds; what is further away stays in its list for another round. Setting a time,
// moving it, stopping and a tick cost O(1), and a tick walks an array, in which it can fetch ahead
// the owners that come next. A time that was moved leaves its entry behind, which its tick skips.
class ProbeTable final : public ProbeListener {
 public:
  // Both outlive the table.
  ProbeTable(base::Scheduler& scheduler, base::Random& random);

  // An owner's place; removes it when destroyed, and no call reaches the owner after that.
  class Place {
   public:
    Place(ProbeTable& table, ProbeOwner& owner);
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ProbeId Name(uint32_t sequence) const { return {slot_, generation_, sequence}; }
    // The owner is called once, at `when` or up to 2 ms later, instead of at the time set before.
    void WakeAt(base::MonoTime when) { table_.WakeAt(slot_, when); }
    ProbeTable& table() const { return table_; }

   private:
    ProbeTable& table_;
    uint32_t slot_;
    uint32_t generation_;
  };

  base::Scheduler& scheduler() { return scheduler_; }
  base::Random& random() { return random_; }

  // While one exists, somebody looks at single probes; else owners need not speak of them.
  class Look {
   public:
    explicit Look(ProbeTable& table) : table_(table) { ++table_.looks_; }
    ~Look() { --table_.looks_; }
    Look(const Look&) = delete;
    Look& operator=(const Look&) = delete;

   private:
    ProbeTable& table_;
  };
  bool watched() const { return looks_ > 0; }

  size_t size() const { return slots_.size() - free_.size(); }
  // The owners count here what becomes of their probes.
  ProbeTotals& totals() { return totals_; }
  const ProbeTotals& totals() const { return totals_; }
  // What the owners' probes fail of.
  ReasonBook& reasons() { return reasons_; }

  void OnSent(const ProbeId& id, base::MonoTime when) override;
  void OnAnswer(const ProbeId& id, const IpAddress& from, base::MonoTime received) override;
  void OnFailure(const ProbeId& id, std::string_view reason) override;
  void OnComplaint(const ProbeId& id, std::string_view reason) override;
  void OnUnsent(const ProbeId& id, std::string_view reason) override;
  void OnUnknown(const ProbeId& id, std::string_view reason) override;
  void OnOutput(const ProbeId& id, std::string_view output) override;
  bool IsWanted(const ProbeId& id) const override { return Find(id) != nullptr; }

 private:
  // Milliseconds since the table was made.
  using Tick = int64_t;
  struct Slot {
    ProbeOwner* owner = nullptr;
    uint32_t generation = 0;
    uint32_t wake = 0;  // the last bits of a Tick; one that has run: none
  };
  using Bucket = std::vector<uint32_t>;  // slot numbers
  static constexpr size_t kBuckets = 1 << 14;
  static constexpr size_t kBucketsPerWord = 64;

  static size_t BucketOf(Tick tick) { return static_cast<size_t>(tick) % kBuckets; }
  ProbeOwner* Find(const ProbeId& id) const;
  void WakeAt(uint32_t slot, base::MonoTime when);
  void Enter(uint32_t slot, Tick tick);
  // The first tick after tick_ whose bucket is not empty; tick_ where there is none.
  Tick NextFilled() const;
  // Runs the ticks that have come.
  void Advance();
  // Calls those whose time has come by `tick`; returns how many there were.
  size_t Run(Tick tick);
  void FetchAhead(const Bucket& bucket, size_t i) const;
  base::MonoTime TimeOf(Tick tick) const { return start_ + absl::Milliseconds(tick); }

  base::Scheduler& scheduler_;
  base::Random& random_;
  int looks_ = 0;
  ProbeTotals totals_;
  ReasonBook reasons_;
  std::vector<Slot> slots_;
  std::vector<uint32_t> free_;

  const base::MonoTime start_;
  Tick tick_ = 0;  // this one and those before have run
  std::vector<Bucket> buckets_;
  std::array<uint64_t, kBuckets / kBucketsPerWord> filled_{};  // a bit for each that is not empty
  std::vector<Bucket> spare_;                                  // empty ones that have room
  base::Alarm alarm_;
};

}  // namespace gregale::executor
