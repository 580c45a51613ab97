#include "store/vnf_table.h"

#include <cstdlib>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "store/json_column.h"
#include "store/listing.h"
#include "store/row_errors.h"
#include "store/statement.h"

namespace gregale::store {

namespace {

constexpr std::string_view kColumns =
    "id, tenant_id, name, description, vnfd_id, vim_id, instance_id, mgmt_ip_address, attributes, "
    "placement_attr, status, error_reason, mistral_action_id, paused, layout, scaled_at, "
    "failed_operation_id, created_at, updated_at";
constexpr Column kKnown[] = {{"id", Column::Kind::kText, Column::Nulls::kNever},
                             {"name", Column::Kind::kText, Column::Nulls::kNever},
                             {"tenant_id", Column::Kind::kText, Column::Nulls::kNever},
                             {"description"},
                             {"vnfd_id"},
                             {"vim_id"},
                             {"instance_id"},
                             {"status", Column::Kind::kText, Column::Nulls::kNever},
                             {"mgmt_ip_address"},
                             {"error_reason"},
                             {"mistral_action_id"},
                             {"created_at", Column::Kind::kTime, Column::Nulls::kNever},
                             {"updated_at", Column::Kind::kTime}};
constexpr Listing kListing = {"vnf", kColumns, "sequence", kKnown};

std::string EncodeTimes(const std::map<std::string, absl::Time>& times) {
  std::map<std::string, std::string> texts;
  for (const auto& [name, time] : times) texts[name] = base::Cat(absl::ToUnixMicros(time));
  return EncodeMap(texts);
}

absl::StatusOr<std::map<std::string, absl::Time>> DecodeTimes(const std::string& text) {
  std::map<std::string, absl::Time> times;
  if (text.empty()) return times;
  GREGALE_ASSIGN_OR_RETURN(const auto texts, DecodeMap(text));
  for (const auto& [name, micros] : texts) {
    times[name] = absl::FromUnixMicros(std::strtoll(micros.c_str(), nullptr, 10));
  }
  return times;
}

absl::StatusOr<Vnf> ReadVnf(const SqlRow& row) {
  RowReader read(row);
  Vnf vnf;
  vnf.id = read.Text();
  vnf.tenant_id = read.Text();
  vnf.name = read.Text();
  vnf.description = read.Text();
  vnf.vnfd_id = read.Text();
  vnf.vim_id = read.Text();
  vnf.instance_id = read.Text();
  vnf.mgmt_ip_address = read.Text();
  GREGALE_ASSIGN_OR_RETURN(vnf.attributes, DecodeMap(read.Text()));
  vnf.placement_attr = read.Text();
  vnf.status = VnfStatusFromText(read.Text());
  vnf.error_reason = read.Text();
  vnf.mistral_action_id = read.Text();
  vnf.paused = read.Int() != 0;
  vnf.layout = read.Text();
  GREGALE_ASSIGN_OR_RETURN(vnf.scaled_at, DecodeTimes(read.Text()));
  vnf.failed_operation_id = read.Text();
  vnf.created_at = read.Time();
  vnf.updated_at = read.Time();
  return vnf;
}

absl::Status VnfNotFound(std::string_view id) { return RowNotFound("VNFNotFound", "VNF", id); }

}  // namespace

absl::Status InsertVnf(Txn& txn, const Vnf& vnf) {
  GREGALE_ASSIGN_OR_RETURN(
      const bool inserted,
      Insert(
          txn, "vnf", kColumns,
          {TextValue(vnf.id), TextValue(vnf.tenant_id), TextValue(vnf.name),
           TextOrNull(vnf.description), TextOrNull(vnf.vnfd_id), TextOrNull(vnf.vim_id),
           TextOrNull(vnf.instance_id), TextOrNull(vnf.mgmt_ip_address), EncodeMap(vnf.attributes),
           TextOrNull(vnf.placement_attr), TextValue(ToText(vnf.status)),
           TextOrNull(vnf.error_reason), TextOrNull(vnf.mistral_action_id), vnf.paused ? 1 : 0,
           TextOrNull(vnf.layout), EncodeTimes(vnf.scaled_at), TextOrNull(vnf.failed_operation_id),
           CreatedAt(txn, vnf.created_at), TimeValue(vnf.updated_at)}));
  return inserted ? absl::OkStatus() : DuplicateRow("vnf", "name", vnf.name);
}

absl::StatusOr<Vnf> GetVnf(Txn& txn, std::string_view id) {
  GREGALE_ASSIGN_OR_RETURN(
      const std::optional<SqlRow> row,
      SelectFirst(txn, base::Cat("SELECT ", kColumns, " FROM vnf WHERE id = ?"), {TextValue(id)}));
  if (!row.has_value()) return VnfNotFound(id);
  return ReadVnf(*row);
}

absl::StatusOr<std::vector<Vnf>> ListVnfs(Txn& txn, const ListQuery& query) {
  GREGALE_ASSIGN_OR_RETURN(const std::vector<SqlRow> rows, SelectPage(txn, kListing, query));
  std::vector<Vnf> vnfs;
  for (const SqlRow& row : rows) {
    GREGALE_ASSIGN_OR_RETURN(Vnf vnf, ReadVnf(row));
    vnfs.push_back(std::move(vnf));
  }
  return vnfs;
}

absl::Status UpdateVnf(Txn& txn, Vnf& vnf) {
  vnf.updated_at = txn.now();
  GREGALE_ASSIGN_OR_RETURN(
      const int64_t rows,
      Change(txn,
             "UPDATE vnf SET tenant_id = ?, name = ?, description = ?, vnfd_id = ?, vim_id = ?, "
             "instance_id = ?, mgmt_ip_address = ?, attributes = ?, placement_attr = ?, "
             "status = ?, error_reason = ?, mistral_action_id = ?, paused = ?, layout = ?, "
             "scaled_at = ?, failed_operation_id = ?, updated_at = ? WHERE id = ?",
             {TextValue(vnf.tenant_id), TextValue(vnf.name), TextOrNull(vnf.description),
              TextOrNull(vnf.vnfd_id), TextOrNull(vnf.vim_id), TextOrNull(vnf.instance_id),
              TextOrNull(vnf.mgmt_ip_address), EncodeMap(vnf.attributes),
              TextOrNull(vnf.placement_attr), TextValue(ToText(vnf.status)),
              TextOrNull(vnf.error_reason), TextOrNull(vnf.mistral_action_id), vnf.paused ? 1 : 0,
              TextOrNull(vnf.layout), EncodeTimes(vnf.scaled_at),
              TextOrNull(vnf.failed_operation_id), TimeValue(vnf.updated_at), TextValue(vnf.id)}));
  return rows > 0 ? absl::OkStatus() : VnfNotFound(vnf.id);
}

absl::Status DeleteVnf(Txn& txn, std::string_view id) {
  // Its instances and resources go with it: ON DELETE CASCADE.
  GREGALE_ASSIGN_OR_RETURN(const int64_t rows,
                           Change(txn, "DELETE FROM vnf WHERE id = ?", {TextValue(id)}));
  return rows > 0 ? absl::OkStatus() : VnfNotFound(id);
}

absl::StatusOr<std::vector<VduInstance>> ListVduInstances(Txn& txn, std::string_view vnf_id) {
  GREGALE_ASSIGN_OR_RETURN(
      const std::vector<SqlRow> rows,
      Select(txn,
             "SELECT vnf_id, vdu, number, resource_id, addresses FROM vdu_instance "
             "WHERE vnf_id = ? ORDER BY vdu, number",
             {TextValue(vnf_id)}));
  std::vector<VduInstance> instances;
  for (const SqlRow& row : rows) {
    RowReader read(row);
    VduInstance instance;
    instance.vnf_id = read.Text();
    instance.vdu = read.Text();
    instance.index = static_cast<int>(read.Int());
    instance.resource_id = read.Text();
    GREGALE_ASSIGN_OR_RETURN(instance.addresses, DecodeList(read.Text()));
    instances.push_back(std::move(instance));
  }
  return instances;
}

absl::Status ReplaceVduInstances(Txn& txn, std::string_view vnf_id,
                                 const std::vector<VduInstance>& instances) {
  GREGALE_RETURN_IF_ERROR(
      ChangeAny(txn, "DELETE FROM vdu_instance WHERE vnf_id = ?", {TextValue(vnf_id)}));
  for (const VduInstance& instance : instances) {
    GREGALE_ASSIGN_OR_RETURN(
        const bool inserted,
        Insert(txn, "vdu_instance", "vnf_id, vdu, number, resource_id, addresses",
               {TextValue(vnf_id), TextValue(instance.vdu), instance.index,
                TextOrNull(instance.resource_id), EncodeList(instance.addresses)}));
    if (!inserted) return DuplicateRow("vdu_instance", "vdu", instance.vdu);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<VnfResource>> ListVnfResources(Txn& txn, std::string_view vnf_id) {
  GREGALE_ASSIGN_OR_RETURN(
      const std::vector<SqlRow> rows,
      Select(txn,
             "SELECT vnf_id, name, type, id FROM vnf_resource WHERE vnf_id = ? ORDER BY position",
             {TextValue(vnf_id)}));
  return ReadAll<VnfResource>(rows, [](const SqlRow& row) {
    RowReader read(row);
    VnfResource resource;
    resource.vnf_id = read.Text();
    resource.name = read.Text();
    resource.type = read.Text();
    resource.id = read.Text();
    return resource;
  });
}

absl::Status ReplaceVnfResources(Txn& txn, std::string_view vnf_id,
                                 const std::vector<VnfResource>& resources) {
  GREGALE_RETURN_IF_ERROR(
      ChangeAny(txn, "DELETE FROM vnf_resource WHERE vnf_id = ?", {TextValue(vnf_id)}));
  int64_t position = 0;
  for (const VnfResource& resource : resources) {
    GREGALE_RETURN_IF_ERROR(Insert(txn, "vnf_resource", "vnf_id, position, name, type, id",
                                   {TextValue(vnf_id), position++, TextValue(resource.name),
                                    TextValue(resource.type), TextOrNull(resource.id)})
                                .status());
  }
  return absl::OkStatus();
}

}  // namespace gregale::store
