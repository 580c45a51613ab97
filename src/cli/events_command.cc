#include <memory>
#include <ostream>
#include <string>

#include "absl/time/time.h"
#include "base/error.h"
#include "cli/command.h"
#include "cli/endpoints.h"

namespace gregale::cli {
namespace {

struct EventsArguments {
  bool follow = false;
  std::string vnf;
};

std::string TimeOf(const v1::Event& event) {
  return ShownTime(absl::FromUnixSeconds(event.timestamp().seconds()) +
                   absl::Nanoseconds(event.timestamp().nanos()));
}

std::vector<base::Json> RowOf(const v1::Event& event) {
  return {event.id(),         TimeOf(event),          event.resource_type(), event.resource_id(),
          event.event_type(), event.resource_state(), event.details()};
}

const std::vector<Column> kColumns = {{"id", "ID"},
                                      {"timestamp", "TIME (UTC)"},
                                      {"resource_type", "WHAT"},
                                      {"resource_id", "RESOURCE"},
                                      {"event_type", "EVENT"},
                                      {"resource_state", "STATE"},
                                      {"details", "DETAILS"}};

// Calls `each` for every event after request.after_id(), which it moves on.
template <class Each>
absl::Status ForEach(const ServerConnection& server, v1::ListEventsRequest& request, Each each) {
  for (;;) {
    const auto page = server.vnfs().ListEvents(request);
    if (!page.ok()) return page.status();
    if (page->events().empty()) return absl::OkStatus();
    for (const v1::Event& event : page->events()) {
      each(event);
      request.set_after_id(event.id());
    }
  }
}

// A line per event: the width of what is to come is not known.
void PrintOne(const v1::Event& event, const Context& context) {
  if (context.settings.format == Format::kJson) {
    Table table(kColumns);
    table.Add(RowOf(event));
    context.out << base::DumpJson(table.Json()[0]) << std::endl;
    return;
  }
  context.out << TimeOf(event) << "  " << event.resource_type() << " "
              << event.resource_id().substr(0, 8) << "  " << event.event_type() << "  "
              << Shown(event.resource_state()) << "  " << Shown(event.details()) << std::endl;
}

// Prints what is there and what comes. Where the server is lost, it waits for it and goes on after
// the last event it has seen; any other end is an error.
absl::Status Follow(const ServerConnection& server, v1::ListEventsRequest request,
                    const Context& context) {
  for (bool connected = false;;) {
    absl::Status ended =
        ForEach(server, request, [&](const v1::Event& event) { PrintOne(event, context); });
    if (ended.ok()) {
      connected = true;
      client::Stream stream = server.vnfs().WatchEvents(request, [&](const v1::Event& event) {
        PrintOne(event, context);
        request.set_after_id(event.id());
      });
      ended = stream.Wait();
    }
    if (ended.code() != absl::StatusCode::kUnavailable || !connected) return server.Explain(ended);
    context.err << "gregale: the server is gone; waiting for it" << std::endl;
    while (!server.channel().WaitForConnection(absl::Seconds(10))) {
    }
  }
}

absl::Status RunEvents(const Context& context, const EventsArguments& arguments) {
  GREGALE_ASSIGN_OR_RETURN(const ServerConnection server, ServerConnection::Open(context.settings));
  v1::ListEventsRequest request;
  if (!arguments.vnf.empty()) {
    GREGALE_ASSIGN_OR_RETURN(const std::string id, server.VnfId(arguments.vnf));
    request.set_resource_id(id);
  }
  if (arguments.follow) return Follow(server, request, context);
  Table table(kColumns);
  const absl::Status listed =
      ForEach(server, request, [&](const v1::Event& event) { table.Add(RowOf(event)); });
  if (!listed.ok()) return server.Explain(listed);
  Print(table, context.settings.format, context.out);
  return absl::OkStatus();
}

}  // namespace

void AddEventsCommand(CLI::App& program, Command& chosen) {
  CLI::App* events = program.add_subcommand("events", "What has happened, oldest first");
  const auto arguments = std::make_shared<EventsArguments>();
  events->add_flag("-f,--follow", arguments->follow,
                   "then go on with what happens (Ctrl-C ends it)");
  events->add_option("--vnf", arguments->vnf, "only of this VNF: id or name")->type_name("VNF");
  events->footer(
      "Examples:\n"
      "  gregale events\n"
      "  gregale events -f --vnf web\n"
      "  gregale --output json events -f      one JSON object a line");
  events->callback([&chosen, arguments] {
    chosen = [arguments](const Context& context) { return RunEvents(context, *arguments); };
  });
}

}  // namespace gregale::cli
