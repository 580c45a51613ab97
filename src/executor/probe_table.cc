#include "executor/probe_table.h"

namespace gregale::executor {

ProbeTable::Place::Place(ProbeTable& table, ProbeOwner& owner) : table_(table) {
  if (table.free_.empty()) {
    slot_ = static_cast<uint32_t>(table.slots_.size());
    table.slots_.emplace_back();
  } else {
    slot_ = table.free_.back();
    table.free_.pop_back();
  }
  table.slots_[slot_].owner = &owner;
  generation_ = table.slots_[slot_].generation;
}

ProbeTable::Place::~Place() {
  table_.slots_[slot_].owner = nullptr;
  ++table_.slots_[slot_].generation;
  table_.free_.push_back(slot_);
}

ProbeOwner* ProbeTable::Find(const ProbeId& id) const {
  if (id.slot >= slots_.size()) return nullptr;
  const Slot& slot = slots_[id.slot];
  return slot.generation == id.generation ? slot.owner : nullptr;
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
