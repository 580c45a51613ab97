#include "fuzz/targets.h"
#include "workflow/definition.h"
#include "workflow/model.h"

namespace gregale::fuzz {
namespace {

// What comes of a tree does not matter here, only that something does.
void Evaluate(const workflow::expr::Tree& tree) {
  workflow::expr::Context context;
  context.budget.steps = 10'000;
  tree.Evaluate(context).IgnoreError();
}

void Visit(const workflow::Workflow& workflow) {
  for (const auto& tree : {&workflow.vars, &workflow.output, &workflow.output_on_error}) {
    if (*tree) Evaluate(**tree);
  }
  for (const workflow::Task& task : workflow.tasks) {
    Evaluate(task.target);
    Evaluate(task.input);
    for (const workflow::ItemSource& item : task.items) Evaluate(item.source);
  }
}

}  // namespace

void Definition(std::string_view text) {
  if (const auto list = workflow::ParseWorkflowList(text); list.ok()) {
    for (const auto& workflow : list->workflows) Visit(*workflow);
  }
  workflow::ParseWorkbook(text).IgnoreError();
  workflow::ParseActionList(text).IgnoreError();
}

}  // namespace gregale::fuzz
