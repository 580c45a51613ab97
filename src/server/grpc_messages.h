#pragma once

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gregale/v1/vnf_service.pb.h"
#include "gregale/v1/workflow_service.pb.h"
#include "server/requests.h"
#include "server/vnf_actions.h"
#include "server/workflow_handlers.h"
#include "store/page.h"
#include "store/records.h"

// gRPC's messages as typed requests, and rows as messages.
namespace gregale::server {

absl::StatusOr<NewVim> FromMessage(const v1::CreateVimRequest& message);
absl::StatusOr<NewVnfd> FromMessage(const v1::CreateVnfdRequest& message);
absl::StatusOr<NewVnf> FromMessage(const v1::CreateVnfRequest& message);
absl::StatusOr<VnfAction> FromMessage(const v1::ScaleVnfRequest& message);
absl::StatusOr<VnfAction> FromMessage(const v1::HealVnfRequest& message);
absl::StatusOr<VnfAction> FromMessage(const v1::PauseVnfRequest& message);
absl::StatusOr<VnfAction> FromMessage(const v1::ResumeVnfRequest& message);
absl::StatusOr<VnfAction> FromMessage(const v1::RetryVnfRequest& message);
absl::StatusOr<VnfChange> FromMessage(const v1::UpdateVnfRequest& message);

v1::Vim ToMessage(const store::Vim& vim);
v1::Vnfd ToMessage(const store::Vnfd& vnfd);
v1::Vnf ToMessage(const store::Vnf& vnf);
v1::Event ToMessage(const store::Event& event);
v1::Workflow ToMessage(const store::Definition& workflow);
v1::Execution ToMessage(const PlacedExecution& placed);

// A page of at most kPageRowsMax rows after the one that `token` names. kInvalidArgument: a
// negative size.
absl::StatusOr<store::ListQuery> PageQuery(int32_t page_size, const std::string& token);

// Restricts the query to one value of a column; "" does not restrict it.
void OnlyWhere(const char* column, const std::string& value, store::ListQuery& query);

}  // namespace gregale::server
