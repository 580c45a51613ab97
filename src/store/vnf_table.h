#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "store/page.h"
#include "store/records.h"
#include "store/store.h"

namespace gregale::store {

// kAlreadyExists where the project has a VNF of this name.
absl::Status InsertVnf(Txn& txn, const Vnf& vnf);
// kNotFound.
absl::StatusOr<Vnf> GetVnf(Txn& txn, std::string_view id);
// Columns: id, name, tenant_id, description, vnfd_id, vim_id, instance_id, mgmt_ip_address, status,
// error_reason, mistral_action_id, created_at, updated_at.
absl::StatusOr<std::vector<Vnf>> ListVnfs(Txn& txn, const ListQuery& query);
// Replaces the row with vnf.id and stamps updated_at. kNotFound. (One operation at a time works on
// a VNF, and a write transaction holds the right to write: so read, change, update within one
// transaction loses nothing.)
absl::Status UpdateVnf(Txn& txn, Vnf& vnf);
// Removes the row, its instances and resources. kNotFound.
absl::Status DeleteVnf(Txn& txn, std::string_view id);

// The instances of a VNF, by VDU and index.
absl::StatusOr<std::vector<VduInstance>> ListVduInstances(Txn& txn, std::string_view vnf_id);
// Replaces all of them.
absl::Status ReplaceVduInstances(Txn& txn, std::string_view vnf_id,
                                 const std::vector<VduInstance>& instances);

absl::StatusOr<std::vector<VnfResource>> ListVnfResources(Txn& txn, std::string_view vnf_id);
absl::Status ReplaceVnfResources(Txn& txn, std::string_view vnf_id,
                                 const std::vector<VnfResource>& resources);

}  // namespace gregale::store
