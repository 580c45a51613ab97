#pragma once

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/yaml.h"
#include "server/caller.h"
#include "server/requests.h"
#include "server/template_cache.h"
#include "store/records.h"
#include "store/store.h"
#include "tosca/vnfd.h"

// What can be asked of VNFDs. Each runs in the caller's transaction, which it leaves to be rolled
// back on error.
namespace gregale::server {

// Checks the whole template, its monitoring policies included.
absl::StatusOr<store::Vnfd> CreateVnfd(store::Txn& txn, const Caller& caller,
                                       const NewVnfd& request, HandlerContext& context);
// By id or name.
absl::StatusOr<store::Vnfd> FindVnfd(store::Txn& txn, const Caller& caller, std::string_view id);
absl::StatusOr<std::vector<store::Vnfd>> ListVnfds(store::Txn& txn, const Caller& caller,
                                                   const store::ListQuery& query);
absl::StatusOr<store::Vnfd> ChangeVnfd(store::Txn& txn, const Caller& caller, std::string_view id,
                                       const VnfdChange& change);
// Refused while a VNF is made from it.
absl::Status DeleteVnfd(store::Txn& txn, const Caller& caller, std::string_view id);

// Templates are read as Tacker reads them.
base::YamlOptions TemplateYaml();

// The descriptor in a template, with everything checked that can be. Errors are those of the REST
// API.
absl::StatusOr<Template> ReadTemplate(const base::Json& vnfd_template,
                                      const base::Json& param_values, tosca::RequireInputs require);

// Keeps a checked template under a name.
absl::StatusOr<store::Vnfd> KeepVnfd(store::Txn& txn, store::Vnfd vnfd,
                                     const base::Json& vnfd_template);

}  // namespace gregale::server
