#include "store/records.h"

#include <utility>

namespace gregale::store {

namespace {

constexpr std::pair<VnfStatus, std::string_view> kVnfStatusTexts[] = {
    {VnfStatus::kPendingCreate, "PENDING_CREATE"},
    {VnfStatus::kActive, "ACTIVE"},
    {VnfStatus::kPendingUpdate, "PENDING_UPDATE"},
    {VnfStatus::kPendingScaleOut, "PENDING_SCALE_OUT"},
    {VnfStatus::kPendingScaleIn, "PENDING_SCALE_IN"},
    {VnfStatus::kPendingHeal, "PENDING_HEAL"},
    {VnfStatus::kPendingDelete, "PENDING_DELETE"},
    {VnfStatus::kDead, "DEAD"},
    {VnfStatus::kError, "ERROR"},
};

}  // namespace

std::string_view ToText(VnfStatus status) {
  for (const auto& [value, text] : kVnfStatusTexts) {
    if (value == status) return text;
  }
  return "ERROR";
}

VnfStatus VnfStatusFromText(std::string_view text) {
  for (const auto& [value, known] : kVnfStatusTexts) {
    if (known == text) return value;
  }
  return VnfStatus::kError;
}

}  // namespace gregale::store
