#pragma once

#include <list>
#include <memory>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "executor/watch_plan.h"
#include "workflow/definition.h"

namespace gregale::executor {

// A parsed workflow.
struct KnownWorkflow {
  // Where there is a plan, the VNF's id may be kAnyVnf in it.
  std::shared_ptr<const workflow::Workflow> workflow;
  // nullptr: it does more than to watch.
  std::shared_ptr<const WatchPlan> plan;
};

// Stands for the id of the VNF in the name and the description of a workflow that many VNFs share.
inline constexpr std::string_view kAnyVnf = "00000000-0000-0000-0000-000000000000";

// The name of a workflow where this is the VNF.
std::string NameFor(const workflow::Workflow& workflow, std::string_view vnf_id);
// The same workflow, with that name.
std::shared_ptr<const workflow::Workflow> CopyFor(const workflow::Workflow& workflow,
                                                  std::string_view vnf_id);

// Parses each workflow text once. Those of many VNFs differ in nothing but the VNF's id in their
// names: such texts are one, too, if they only watch. Keeps the workflows used last.
// Single-threaded.
class WorkflowCache {
 public:
  explicit WorkflowCache(size_t entries_max) : entries_max_(entries_max) {}

  // kInvalidArgument says what is wrong with the text; errors are not kept. `vnf_id`: of the VNF
  // that it is to run for; "": none.
  absl::StatusOr<KnownWorkflow> Get(std::string_view definition, std::string_view name,
                                    std::string_view vnf_id);

 private:
  struct Entry {
    std::string key;
    KnownWorkflow workflow;
  };
  const KnownWorkflow* Find(const std::string& key);
  const KnownWorkflow& Keep(std::string key, KnownWorkflow workflow);

  const size_t entries_max_;
  std::list<Entry> entries_;  // the last used first
  absl::flat_hash_map<std::string, std::list<Entry>::iterator> by_key_;
};

}  // namespace gregale::executor
