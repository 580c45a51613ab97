#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/mistral/definition_text.h"
#include "server/mistral/exchange.h"
#include "store/store.h"
#include "store/workflow_records.h"

// Workflows, workbooks and actions of a project, in the store.
namespace gregale::server {

// Where definitions go, by the query string.
struct DefinitionPlace {
  std::string name_space;
  std::string scope;  // "private", "public"
};
absl::StatusOr<DefinitionPlace> ReadDefinitionPlace(const Exchange& x);

// What is meant: an id, or a name in a namespace.
struct WantedDefinition {
  std::string_view kind;
  std::string_view id_or_name;
  std::string name_space;
};
// By its name: in the namespace, else in the common one; the project's own before what others
// share. kNotFound, in Mistral's words.
absl::StatusOr<store::Definition> FindDefinitionFor(store::Txn& txn, const Caller& caller,
                                                    const WantedDefinition& wanted);
// One that is to be changed: in the namespace itself. 403 where it is another project's or a VNF's.
absl::StatusOr<store::Definition> FindOwnDefinition(store::Txn& txn, const Caller& caller,
                                                    const WantedDefinition& wanted);

// What is done where a definition of the name is there, or is not.
enum class Existing {
  kRefused,   // 409 where it is there
  kRequired,  // 404 where it is not
  kReplaced,
};

// All or none of them.
absl::StatusOr<std::vector<store::Definition>> StoreDefinitions(
    store::Txn& txn, const Exchange& x, const std::vector<DefinedItem>& items,
    const DefinitionPlace& place, Existing existing);
// Gives the text of `item`, and its name, to a definition that is there.
absl::StatusOr<store::Definition> ChangeDefinition(store::Txn& txn, store::Definition definition,
                                                   const DefinedItem& item,
                                                   const std::string& scope);

// Every verb's answer to a text that was only to be looked at: {"valid", "error"}, and warnings.
base::Json ShowVerdict(const absl::StatusOr<DefinedItems>& items);

}  // namespace gregale::server
