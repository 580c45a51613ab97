#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/endpoints.h"
#include "cli/vnf_action_commands.h"

namespace gregale::cli {
namespace {

// "VDU1=198.18.0.3" of {"VDU1": "198.18.0.3"}, which is what the VNF has as text.
std::string ShownAddresses(const std::string& mgmt_ip_address) {
  const auto addresses = base::ParseJson(mgmt_ip_address);
  if (!addresses.ok() || !addresses->is_object()) return mgmt_ip_address;
  std::vector<std::string> shown;
  for (const auto& [vdu, address] : addresses->items()) {
    shown.push_back(base::Cat(vdu, "=", Shown(address)));
  }
  return base::Join(shown, " ");
}

absl::Status RunList(const Context& context) {
  GREGALE_ASSIGN_OR_RETURN(const ServerConnection server, ServerConnection::Open(context.settings));
  Table table({{"id", "ID"},
               {"name", "NAME"},
               {"status", "STATUS"},
               {"", "ADDRESSES"},
               {"mgmt_ip_address", ""},
               {"error_reason", ""},
               {"vnfd_id", ""},
               {"vim_id", ""},
               {"mistral_action_id", ""}});
  v1::ListVnfsRequest request;
  do {
    const auto page = server.vnfs().ListVnfs(request);
    if (!page.ok()) return server.Explain(page.status());
    for (const v1::Vnf& vnf : page->vnfs()) {
      table.Add({vnf.id(), vnf.name(), vnf.status(), ShownAddresses(vnf.mgmt_ip_address()),
                 vnf.mgmt_ip_address(), vnf.error_reason(), vnf.vnfd_id(), vnf.vim_id(),
                 vnf.mistral_action_id()});
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  Print(table, context.settings.format, context.out);
  return absl::OkStatus();
}

// One field a line; texts of several lines below their name.
void PrintField(const std::string& name, const base::Json& value, std::ostream& out) {
  if (!value.is_string() || !base::Contains(value.get_ref<const std::string&>(), "\n")) {
    out << name << ": " << Shown(value) << "\n";
    return;
  }
  out << name << ":\n";
  for (const std::string_view line : base::Split(value.get_ref<const std::string&>(), '\n')) {
    if (!line.empty()) out << "  " << line << "\n";
  }
}

absl::Status RunShow(const Context& context, const std::string& id_or_name) {
  GREGALE_ASSIGN_OR_RETURN(const ServerConnection server, ServerConnection::Open(context.settings));
  v1::GetVnfRequest request;
  request.set_id(id_or_name);
  const auto vnf = server.vnfs().GetVnf(request);
  if (!vnf.ok()) return server.Explain(vnf.status());
  const base::Json json = MessageJson(*vnf);
  if (context.settings.format == Format::kJson) {
    context.out << base::DumpJson(json) << std::endl;
    return absl::OkStatus();
  }
  for (const auto& [name, value] : json.items()) {
    if (name != "attributes") PrintField(name, value, context.out);
  }
  for (const auto& [name, value] : json["attributes"].items()) {
    PrintField("attributes." + name, value, context.out);
  }
  return absl::OkStatus();
}

absl::Status RunDelete(const Context& context, const v1::DeleteVnfRequest& request) {
  GREGALE_ASSIGN_OR_RETURN(const ServerConnection server, ServerConnection::Open(context.settings));
  const auto answer = server.vnfs().DeleteVnf(request);
  if (!answer.ok()) return server.Explain(answer.status());
  Table table({{"id", "VNF"}, {"result", "RESULT"}});
  table.Add({request.id(), "its deletion is accepted"});
  Print(table, context.settings.format, context.out);
  return absl::OkStatus();
}

}  // namespace

void AddVnfCommand(CLI::App& program, Command& chosen) {
  CLI::App* vnf = program.add_subcommand("vnf", "List, show, scale, heal, pause and delete VNFs");
  vnf->require_subcommand(1);
  vnf->footer(
      "Examples:\n"
      "  gregale vnf list\n"
      "  gregale vnf show web                  with its generated workflow\n"
      "  gregale vnf scale web --policy SP1 --type out\n"
      "  gregale vnf heal web --vdu VDU1       replace its instances by new ones\n"
      "  gregale vnf pause web                 measure it, but do nothing about what is found\n"
      "  gregale vnf retry web                 begin again what failed\n"
      "  gregale vnf delete web\n"
      "  gregale vnf delete web --force        even from a state that forbids it\n"
      "Create VNFs with OpenStack's client:\n"
      "  openstack --os-auth-type none --os-endpoint http://127.0.0.1:9890 vnf create ...");
  vnf->add_subcommand("list", "Every VNF")->callback([&chosen] { chosen = RunList; });

  const auto shown = std::make_shared<std::string>();
  CLI::App* show = vnf->add_subcommand("show", "One VNF, with all its attributes");
  show->add_option("vnf", *shown, "id or name")->required()->type_name("VNF");
  show->callback([&chosen, shown] {
    chosen = [shown](const Context& context) { return RunShow(context, *shown); };
  });

  AddVnfActionCommands(*vnf, chosen);

  struct DeleteArguments {
    std::string vnf;
    bool force = false;
  };
  const auto removed = std::make_shared<DeleteArguments>();
  CLI::App* remove = vnf->add_subcommand("delete", "Delete a VNF");
  remove->add_option("vnf", removed->vnf, "id or name")->required()->type_name("VNF");
  remove->add_flag("--force", removed->force, "even from a state that forbids it");
  remove->callback([&chosen, removed] {
    chosen = [removed](const Context& context) {
      v1::DeleteVnfRequest request;
      request.set_id(removed->vnf);
      request.set_force(removed->force);
      return RunDelete(context, request);
    };
  });
}

}  // namespace gregale::cli
