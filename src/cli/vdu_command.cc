#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/random.h"
#include "cli/command.h"
#include "cli/endpoints.h"
#include "client/local_vim_client.h"

namespace gregale::cli {
namespace {

struct VduArguments {
  std::string vnf;
  std::string vdu;
  v1::Fault how = v1::FAULT_UNSPECIFIED;
  std::optional<int> instance;
};

constexpr std::pair<const char*, v1::Fault> kFaults[] = {
    {"link", v1::FAULT_LINK}, {"process", v1::FAULT_PROCESS}, {"drop", v1::FAULT_DROP}};

std::string NameOf(v1::Fault fault) {
  for (const auto& [name, value] : kFaults) {
    if (value == fault) return name;
  }
  return "all";
}

// A UUID needs no server.
absl::StatusOr<std::string> VnfId(const Settings& settings, const std::string& id_or_name) {
  if (base::IsUuid(id_or_name)) return id_or_name;
  GREGALE_ASSIGN_OR_RETURN(const ServerConnection server, ServerConnection::Open(settings));
  return server.VnfId(id_or_name);
}

// BreakVdu and MendVdu are alike.
template <class Request, class Method>
absl::Status Send(const Context& context, const VduArguments& arguments, Method method) {
  Request request;
  GREGALE_ASSIGN_OR_RETURN(const std::string vnf_id, VnfId(context.settings, arguments.vnf));
  request.set_vnf_id(vnf_id);
  request.set_vdu(arguments.vdu);
  request.set_how(arguments.how);
  if (arguments.instance.has_value()) request.set_instance(*arguments.instance);
  GREGALE_ASSIGN_OR_RETURN(const std::string address, ConductorAddress(context.settings));
  const client::LocalVimClient vim(ChannelTo(context.settings, address));
  const auto answer = (vim.*method)(request);
  if (!answer.ok()) return Explained(answer.status(), "the conductor", address);
  Table table({{"vdu", "VDU"}, {"instance", "INSTANCE"}, {"how", "HOW"}});
  for (const std::string& instance : answer->instances()) {
    table.Add({arguments.vdu, instance, NameOf(arguments.how)});
  }
  Print(table, context.settings.format, context.out);
  return absl::OkStatus();
}

absl::Status RunBreak(const Context& context, VduArguments arguments) {
  if (arguments.how == v1::FAULT_UNSPECIFIED) arguments.how = v1::FAULT_LINK;
  return Send<v1::BreakVduRequest>(context, arguments, &client::LocalVimClient::BreakVdu);
}

absl::Status RunMend(const Context& context, const VduArguments& arguments) {
  return Send<v1::MendVduRequest>(context, arguments, &client::LocalVimClient::MendVdu);
}

CLI::App* AddWay(CLI::App& parent, const std::string& name, const std::string& what,
                 const std::shared_ptr<VduArguments>& arguments) {
  CLI::App* way = parent.add_subcommand(name, what);
  way->add_option("vnf", arguments->vnf, "id or name of the VNF")->required()->type_name("VNF");
  way->add_option("vdu", arguments->vdu, "name of the VDU in the descriptor")
      ->required()
      ->type_name("VDU");
  const std::map<std::string, v1::Fault> faults(std::begin(kFaults), std::end(kFaults));
  way->add_option("--how", arguments->how, "link, process or drop")
      ->transform(CLI::CheckedTransformer(faults).description(""))
      ->type_name("HOW");
  way->add_option("--instance", arguments->instance,
                  "only the instance of this number, from 0 (default: all)")
      ->type_name("N");
  return way;
}

}  // namespace

void AddVduCommand(CLI::App& program, Command& chosen) {
  CLI::App* vdu =
      program.add_subcommand("vdu", "Break a VDU of the local VIM on purpose, or mend it");
  vdu->require_subcommand(1);
  vdu->footer(
      "Examples:\n"
      "  gregale vdu break web VDU1                 its network link goes down\n"
      "  gregale vdu break web VDU1 --how process   its process is killed: it answers ping, not "
      "HTTP\n"
      "  gregale vdu break web VDU1 --how drop      it drops every packet that comes in\n"
      "  gregale vdu mend web VDU1                  whatever was broken");
  const auto arguments = std::make_shared<VduArguments>();
  AddWay(*vdu, "break", "Break a VDU (default: --how link)", arguments)
      ->callback([&chosen, arguments] {
        chosen = [arguments](const Context& context) { return RunBreak(context, *arguments); };
      });
  AddWay(*vdu, "mend", "Undo a break (default: every kind of it)", arguments)
      ->callback([&chosen, arguments] {
        chosen = [arguments](const Context& context) { return RunMend(context, *arguments); };
      });
}

}  // namespace gregale::cli
