#include "executor/local_program.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/epoll_loop.h"
#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/random.h"
#include "base/shutdown.h"
#include "base/text.h"
#include "executor/action_library.h"
#include "executor/action_services.h"
#include "executor/connection_prober.h"
#include "executor/error_text.h"
#include "executor/exec_prober.h"
#include "executor/icmp_prober.h"
#include "executor/local_run.h"
#include "executor/policy_action_client.h"
#include "workflow/model.h"

namespace gregale::executor {
namespace {

using base::Json;

struct Arguments {
  std::string file;
  std::string workflow;
  std::string input = "{}";
  std::string params = "{}";
  std::string env;
  bool json = false;
};

// What actions live on, wired for one run. Everything here lives on the main thread.
struct LocalEnvironment {
  base::SystemClock clock;
  base::SystemRandom random;
  base::EventLoop loop{clock};
  ProbeTable table{loop, random};
  IcmpProber icmp{loop, random, table};
  ConnectionProber http{loop, table, ConverseHttp};
  ConnectionProber tcp{loop, table, ConverseTcp};
  ConnectionProber grpc_health{loop, table, ConverseGrpcHealth};
  ExecProber exec{loop, table, ""};
  NoConductors reporter;
  Transfers transfers{loop};
  Workers workers{loop};
  const ActionServices services{transfers, workers, ScriptProgram()};
  const ActionEnvironment actions{loop,     random,   table, {icmp, http, tcp, grpc_health, exec},
                                  reporter, &services};
};

// A text as whatever list it is.
absl::StatusOr<workflow::Definitions> ParseAny(const std::string& text) {
  auto list = workflow::ParseWorkflowList(text);
  if (list.ok()) return list;
  // A workbook has a name, and its workflows below it.
  auto workbook = workflow::ParseWorkbook(text);
  return workbook.ok() ? workbook : list;
}

absl::StatusOr<workflow::Definitions> ReadDefinitions(const std::string& path) {
  GREGALE_ASSIGN_OR_RETURN(const std::string text, base::ReadFile(path, base::kWorkflowBytesMax));
  return ParseAny(text);
}

// A task in one line, what it ran below it.
void PrintTree(const Json& execution, const std::string& indent, std::ostream& out) {
  out << indent << execution.at("workflow").get<std::string>() << "  "
      << execution.at("state").get<std::string>() << "\n";
  for (const Json& task : execution.at("tasks")) {
    out << indent << "  " << task.at("name").get<std::string>() << "  "
        << task.at("state").get<std::string>();
    if (task.at("state_info").is_string()) {
      const std::string info = task.at("state_info");
      out << "  " << info.substr(0, info.find('\n'));
    }
    out << "\n";
    for (const Json& child : task.value("executions", Json::array())) {
      PrintTree(child, indent + "    ", out);
    }
  }
}

int Fail(const absl::Status& status) {
  std::cerr << ErrorText(status) << "\n";
  return 1;
}

int Validate(const Arguments& arguments) {
  const auto definitions = ReadDefinitions(arguments.file);
  if (!definitions.ok()) return Fail(definitions.status());
  if (arguments.json) {
    Json names = Json::array();
    for (const auto& workflow : definitions->workflows) names.push_back(workflow->name);
    const Json verdict = {{"workflows", names}, {"warnings", definitions->warnings}};
    std::cout << verdict.dump(2) << "\n";
    return 0;
  }
  for (const auto& workflow : definitions->workflows) std::cout << workflow->name << ": valid\n";
  for (const std::string& warning : definitions->warnings)
    std::cerr << "warning: " << warning << "\n";
  return 0;
}

int Run(const Arguments& arguments) {
  auto definitions = ReadDefinitions(arguments.file);
  if (!definitions.ok()) return Fail(definitions.status());
  if (definitions->workflows.empty()) return Fail(absl::NotFoundError("there is no workflow"));
  const std::string name =
      arguments.workflow.empty() ? definitions->workflows.front()->name : arguments.workflow;
  DefinitionLibrary library;
  library.Add(*std::move(definitions));
  const auto workflow = library.FindWorkflow(name);
  if (workflow == nullptr) return Fail(absl::NotFoundError(base::Cat("no workflow '", name, "'")));
  auto input = base::ParseJson(arguments.input);
  if (!input.ok())
    return Fail(base::InvalidInput("--input", base::FromAbsl(input.status().message())));
  auto params = base::ParseJson(arguments.params);
  if (!params.ok()) {
    return Fail(base::InvalidInput("--params", base::FromAbsl(params.status().message())));
  }
  if (!arguments.env.empty()) {
    auto env = base::ParseJson(arguments.env);
    if (!env.ok()) {
      return Fail(base::InvalidInput("--env", base::FromAbsl(env.status().message())));
    }
    if (params->is_object()) (*params)["env"] = *std::move(env);
  }

  base::ShutdownSignal shutdown;
  LocalEnvironment environment;
  LocalRun run(environment.actions, library, workflow);
  const absl::Status started = run.Start(*std::move(input), *std::move(params));
  if (!started.ok()) return Fail(started);
  bool interrupted = false;
  base::FdWatch interrupt(environment.loop, [&](uint32_t) { interrupted = true; });
  if (const absl::Status s = interrupt.Watch(shutdown.fd(), EPOLLIN); !s.ok()) return Fail(s);
  while (!run.idle() && !interrupted) environment.loop.RunOnce(absl::Hours(1));
  if (interrupted) run.Handle(workflow::Stop{.reason = "interrupted"}).IgnoreError();
  const workflow::WorkflowRun& root = *run.state().root();
  const Json shown = DescribeExecution(run.state(), root);
  if (arguments.json) {
    std::cout << shown.dump(2) << "\n";
  } else {
    PrintTree(shown, "", std::cout);
    std::cout << "output: " << shown.at("output").dump(2) << "\n";
  }
  return root.state == workflow::State::kSuccess ? 0 : 1;
}

}  // namespace

int RunLocalProgram(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("Runs or checks workflows of a file, without any server.");
  app.name("gregale-executor");
  app.require_subcommand(1);
  CLI::App* run = app.add_subcommand("run", "Run a workflow of FILE and show what came of it");
  run->add_option("FILE", arguments.file, "A list of workflows, or a workbook")->required();
  run->add_option("--workflow", arguments.workflow, "Its name (default: the first one)");
  run->add_option("--input", arguments.input, "The input, a JSON object");
  run->add_option("--params", arguments.params, "Parameters, a JSON object: env, task_name");
  run->add_option("--env", arguments.env, "The environment, a JSON object");
  run->add_flag("--json", arguments.json, "Show everything, as JSON");
  CLI::App* validate = app.add_subcommand("validate", "Check the definitions of FILE");
  validate->add_option("FILE", arguments.file)->required();
  validate->add_flag("--json", arguments.json, "Say it as JSON");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  }
  base::InitLog("gregale-executor", base::LogLevel::kWarning);
  return *run ? Run(arguments) : Validate(arguments);
}

}  // namespace gregale::executor
