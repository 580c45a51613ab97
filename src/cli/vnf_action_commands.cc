#include "cli/vnf_action_commands.h"

#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <utility>

#include "CLI/Config.hpp"
#include "CLI/Formatter.hpp"
#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/yaml.h"
#include "cli/endpoints.h"
#include "google/protobuf/util/json_util.h"

namespace gregale::cli {
namespace {

// Calls the server and shows the VNF's state as it is then.
template <class Request>
Command Call(absl::StatusOr<v1::Vnf> (client::VnfClient::*method)(const Request&) const,
             Request request) {
  return [method, request = std::move(request)](const Context& context) -> absl::Status {
    GREGALE_ASSIGN_OR_RETURN(const ServerConnection server,
                             ServerConnection::Open(context.settings));
    const absl::StatusOr<v1::Vnf> vnf = (server.vnfs().*method)(request);
    if (!vnf.ok()) return server.Explain(vnf.status());
    Table table({{"id", "ID"}, {"name", "NAME"}, {"status", "STATUS"}, {"paused", "PAUSED"}});
    table.Add({vnf->id(), vnf->name(), vnf->status(), vnf->paused() ? "yes" : "no"});
    Print(table, context.settings.format, context.out);
    return absl::OkStatus();
  };
}

CLI::App* AddAction(CLI::App& vnf, const std::string& name, const std::string& help,
                    std::string& id_or_name) {
  CLI::App* action = vnf.add_subcommand(name, help);
  action->add_option("vnf", id_or_name, "id or name")->required()->type_name("VNF");
  return action;
}

void AddScale(CLI::App& vnf, Command& chosen) {
  struct Arguments {
    std::string vnf;
    std::string policy;
    std::string type;
  };
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* scale = AddAction(vnf, "scale", "One step of a scaling policy", arguments->vnf);
  scale->add_option("--policy", arguments->policy, "scaling policy of the VNFD")
      ->required()
      ->type_name("NAME");
  scale->add_option("--type", arguments->type, "out: more instances; in: fewer")
      ->required()
      ->check(CLI::IsMember({"out", "in"}))
      ->type_name("out|in");
  scale->callback([&chosen, arguments] {
    v1::ScaleVnfRequest request;
    request.set_id(arguments->vnf);
    request.set_policy(arguments->policy);
    request.set_direction(arguments->type == "in" ? v1::ScaleVnfRequest::DIRECTION_IN
                                                  : v1::ScaleVnfRequest::DIRECTION_OUT);
    chosen = Call(&client::VnfClient::ScaleVnf, std::move(request));
  });
}

void AddHeal(CLI::App& vnf, Command& chosen) {
  struct Arguments {
    std::string vnf;
    std::string vdu;
    std::optional<int> instance;
    std::string address;
    std::string cause;
  };
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* heal = AddAction(vnf, "heal", "Replace instances by new ones", arguments->vnf);
  heal->add_option("--vdu", arguments->vdu, "only this VDU")->type_name("VDU");
  heal->add_option("--instance", arguments->instance, "only the instance of this number, from 0")
      ->type_name("N");
  heal->add_option("--address", arguments->address, "only the instance at this address")
      ->type_name("ADDRESS");
  heal->add_option("--cause", arguments->cause, "why, for the events")->type_name("TEXT");
  heal->callback([&chosen, arguments] {
    v1::HealVnfRequest request;
    request.set_id(arguments->vnf);
    request.set_vdu(arguments->vdu);
    if (arguments->instance.has_value()) request.set_instance(*arguments->instance);
    request.set_address(arguments->address);
    request.set_cause(arguments->cause);
    chosen = Call(&client::VnfClient::HealVnf, std::move(request));
  });
}

// A file with a YAML map, as a message; nothing where no file is named.
absl::Status ReadMapFile(const std::string& path, google::protobuf::Struct* out) {
  GREGALE_ASSIGN_OR_RETURN(const std::string text, base::ReadFile(path, base::kYamlBytesMax));
  GREGALE_ASSIGN_OR_RETURN(const base::Json json, base::ParseYamlAsJson(text));
  if (!json.is_object()) return base::InvalidInput(path, "is no YAML map");
  const auto parsed = google::protobuf::util::JsonStringToMessage(base::DumpJson(json), out);
  return parsed.ok() ? absl::OkStatus() : base::InvalidInput(path, "cannot be sent");
}

struct UpdateArguments {
  std::string vnf;
  std::optional<std::string> name;
  std::optional<std::string> description;
  std::string config_file;
  std::string param_file;
};

absl::Status RunUpdate(const Context& context, const UpdateArguments& arguments) {
  v1::UpdateVnfRequest request;
  request.set_id(arguments.vnf);
  if (arguments.name.has_value()) request.set_name(*arguments.name);
  if (arguments.description.has_value()) request.set_description(*arguments.description);
  if (!arguments.config_file.empty()) {
    GREGALE_RETURN_IF_ERROR(ReadMapFile(arguments.config_file, request.mutable_config()));
  }
  if (!arguments.param_file.empty()) {
    GREGALE_RETURN_IF_ERROR(ReadMapFile(arguments.param_file, request.mutable_param_values()));
  }
  return Call(&client::VnfClient::UpdateVnf, std::move(request))(context);
}

void AddUpdate(CLI::App& vnf, Command& chosen) {
  const auto arguments = std::make_shared<UpdateArguments>();
  CLI::App* update = AddAction(vnf, "update", "Give it other values", arguments->vnf);
  update->add_option("--name", arguments->name, "its new name")->type_name("NAME");
  update->add_option("--description", arguments->description, "free text")->type_name("TEXT");
  update->add_option("--config-file", arguments->config_file, "YAML, merged into its config")
      ->type_name("FILE");
  update->add_option("--param-file", arguments->param_file, "YAML, merged into its param_values")
      ->type_name("FILE");
  update->callback([&chosen, arguments] {
    chosen = [arguments](const Context& context) { return RunUpdate(context, *arguments); };
  });
}

// An action that takes nothing but the VNF.
template <class Request>
void AddPlain(CLI::App& vnf, const std::string& name, const std::string& help,
              absl::StatusOr<v1::Vnf> (client::VnfClient::*method)(const Request&) const,
              Command& chosen) {
  const auto id_or_name = std::make_shared<std::string>();
  AddAction(vnf, name, help, *id_or_name)->callback([&chosen, method, id_or_name] {
    Request request;
    request.set_id(*id_or_name);
    chosen = Call(method, std::move(request));
  });
}

}  // namespace

void AddVnfActionCommands(CLI::App& vnf, Command& chosen) {
  AddScale(vnf, chosen);
  AddHeal(vnf, chosen);
  AddUpdate(vnf, chosen);
  AddPlain(vnf, "pause", "Measure it, but suspend the actions of its policies",
           &client::VnfClient::PauseVnf, chosen);
  AddPlain(vnf, "resume", "Carry out the actions of its policies again",
           &client::VnfClient::ResumeVnf, chosen);
  AddPlain(vnf, "retry", "Begin again what failed", &client::VnfClient::RetryVnf, chosen);
}

}  // namespace gregale::cli
