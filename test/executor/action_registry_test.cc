#include <catch2/catch.hpp>

#include "executor/action.h"
#include "workflow/action_catalogue.h"

namespace gregale::executor {
namespace {

TEST_CASE("an executor runs every action of the catalogue and no other", "[executor]") {
  for (const workflow::ActionEntry& entry : workflow::ActionCatalogue()) {
    INFO(entry.name);
    CHECK(FindActionKind(entry.name) != nullptr);
  }
  for (const ActionKind& kind : ActionKinds()) {
    INFO(kind.name);
    CHECK(workflow::FindAction(kind.name) != nullptr);
  }
}

}  // namespace
}  // namespace gregale::executor
