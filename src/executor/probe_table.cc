#include "executor/probe_table.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace gregale::executor {
namespace {

constexpr int64_t kTickNanoseconds = 1'000'000;
// No time is further away than this for the table; its owner is called early and asks again.
constexpr int64_t kTicksAheadMax = int64_t{1} << 30;
// Owners that are called before other work of the loop gets its turn.
constexpr size_t kCallsPerTurn = 128;
// How far ahead owners are fetched into the cache, and how much of each.
constexpr size_t kFetchSlots = 16;
constexpr size_t kFetchOwners = 8;
constexpr size_t kCacheLine = 64;
constexpr size_t kOwnerBytes = 256;

}  // namespace

ProbeTable::ProbeTable(base::Scheduler& scheduler, base::Random& random)
    : scheduler_(scheduler),
      random_(random),
      start_(scheduler.Now()),
      buckets_(kBuckets),
      alarm_(scheduler, [this] { Advance(); }) {}

ProbeTable::Place::Place(ProbeTable& table, ProbeOwner& owner) : table_(table) {
  if (table.free_.empty()) {
    slot_ = static_cast<uint32_t>(table.slots_.size());
    table.slots_.emplace_back();
  } else {
    slot_ = table.free_.back();
    table.free_.pop_back();
  }
  Slot& slot = table.slots_[slot_];
  slot.owner = &owner;
  slot.wake = static_cast<uint32_t>(table.tick_);
  generation_ = slot.generation;
}

ProbeTable::Place::~Place() {
  Slot& slot = table_.slots_[slot_];
  slot.owner = nullptr;
  ++slot.generation;
  table_.free_.push_back(slot_);
}

ProbeOwner* ProbeTable::Find(const ProbeId& id) const {
  if (id.slot >= slots_.size()) return nullptr;
  const Slot& slot = slots_[id.slot];
  return slot.generation == id.generation ? slot.owner : nullptr;
}

void ProbeTable::WakeAt(uint32_t slot, base::MonoTime when) {
  const int64_t ahead_max = (tick_ + kTicksAheadMax) * kTickNanoseconds;
  const int64_t nanoseconds = std::min(absl::ToInt64Nanoseconds(when - start_), ahead_max);
  // The first tick that is not before `when`, and has not run.
  const Tick tick = std::max((nanoseconds + kTickNanoseconds - 1) / kTickNanoseconds, tick_ + 1);
  const auto wake = static_cast<uint32_t>(tick);
  if (slots_[slot].wake == wake) return;
  slots_[slot].wake = wake;
  Enter(slot, tick);
  const base::MonoTime due = TimeOf(tick);
  if (!alarm_.armed() || due < alarm_.when()) alarm_.Set(due);
}

void ProbeTable::Enter(uint32_t slot, Tick tick) {
  const size_t index = BucketOf(tick);
  Bucket& bucket = buckets_[index];
  if (bucket.empty()) {
    filled_[index / kBucketsPerWord] |= uint64_t{1} << (index % kBucketsPerWord);
    if (!spare_.empty()) {
      bucket = std::move(spare_.back());
      spare_.pop_back();
    }
  }
  bucket.push_back(slot);
}

ProbeTable::Tick ProbeTable::NextFilled() const {
  const size_t first = BucketOf(tick_ + 1);
  for (size_t i = 0; i <= filled_.size(); ++i) {
    const size_t word = (first / kBucketsPerWord + i) % filled_.size();
    uint64_t bits = filled_[word];
    const uint64_t before_first = (uint64_t{1} << (first % kBucketsPerWord)) - 1;
    if (i == 0) bits &= ~before_first;
    if (i == filled_.size()) bits &= before_first;
    if (bits == 0) continue;
    const size_t index = word * kBucketsPerWord + static_cast<size_t>(std::countr_zero(bits));
    return tick_ + 1 + static_cast<Tick>((index + kBuckets - first) % kBuckets);
  }
  return tick_;
}

void ProbeTable::Advance() {
  const Tick now = absl::ToInt64Milliseconds(scheduler_.Now() - start_);
  size_t calls = 0;
  Tick next = NextFilled();
  while (next > tick_ && next <= now && calls < kCallsPerTurn) {
    tick_ = next;
    calls += Run(next);
    next = NextFilled();
  }
  if (next > tick_) {
    alarm_.Set(TimeOf(next));
  } else {
    tick_ = std::max(tick_, now);  // nobody waits
  }
}

size_t ProbeTable::Run(Tick tick) {
  const size_t index = BucketOf(tick);
  Bucket bucket = std::exchange(buckets_[index], Bucket());
  filled_[index / kBucketsPerWord] &= ~(uint64_t{1} << (index % kBucketsPerWord));
  size_t calls = 0;
  for (size_t i = 0; i < bucket.size(); ++i) {
    FetchAhead(bucket, i);
    Slot& slot = slots_[bucket[i]];
    const auto ahead = static_cast<int32_t>(slot.wake - static_cast<uint32_t>(tick));
    if (slot.owner == nullptr || BucketOf(tick + ahead) != index) continue;
    if (ahead > 0) {
      Enter(bucket[i], tick);  // in a later round
    } else if (ahead == 0) {
      ++calls;
      slot.wake = static_cast<uint32_t>(tick - 1);
      slot.owner->OnTime();
    }
  }
  bucket.clear();
  spare_.push_back(std::move(bucket));
  return calls;
}

void ProbeTable::FetchAhead(const Bucket& bucket, size_t i) const {
  if (i + kFetchSlots < bucket.size()) __builtin_prefetch(&slots_[bucket[i + kFetchSlots]]);
  if (i + kFetchOwners >= bucket.size()) return;
  const auto* owner = reinterpret_cast<const char*>(slots_[bucket[i + kFetchOwners]].owner);
  if (owner == nullptr) return;
  for (size_t at = 0; at < kOwnerBytes; at += kCacheLine) __builtin_prefetch(owner + at);
}

void ProbeTable::OnSent(const ProbeId& id, base::MonoTime when) {
  if (ProbeOwner* owner = Find(id)) owner->OnSent(id.sequence, when);
}

void ProbeTable::OnAnswer(const ProbeId& id, const IpAddress& from, base::MonoTime received) {
  if (ProbeOwner* owner = Find(id)) owner->OnAnswer(id.sequence, from, received);
}

void ProbeTable::OnFailure(const ProbeId& id, std::string_view reason) {
  if (ProbeOwner* owner = Find(id)) owner->OnProbeFailure(id.sequence, reason);
}

void ProbeTable::OnComplaint(const ProbeId& id, std::string_view reason) {
  if (ProbeOwner* owner = Find(id)) owner->OnComplaint(id.sequence, reason);
}

void ProbeTable::OnUnsent(const ProbeId& id, std::string_view reason) {
  if (ProbeOwner* owner = Find(id)) owner->OnUnsent(id.sequence, reason);
}

void ProbeTable::OnUnknown(const ProbeId& id, std::string_view reason) {
  if (ProbeOwner* owner = Find(id)) owner->OnUnknown(id.sequence, reason);
}

void ProbeTable::OnOutput(const ProbeId& id, std::string_view output) {
  if (ProbeOwner* owner = Find(id)) owner->OnOutput(output);
}

}  // namespace gregale::executor
