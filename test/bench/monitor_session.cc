#include "bench/monitor_session.h"

#include <algorithm>
#include <cstdio>

#include "bench/executor_process.h"
#include "bench/targets.h"
#include "rpc/channel.h"

namespace gregale::bench {
namespace {

using v1::SessionCommand;
using v1::SessionEvent;

constexpr int kFrame = 1000;
// Commands that may wait for their results.
constexpr int kUnansweredMax = 8 * kFrame;

std::string Id(const char* format, int number) {
  char text[40];
  std::snprintf(text, sizeof text, format, number);
  return text;
}

std::string ActionId(int number) { return Id("00000000-0000-4000-8000-%012d", number); }
std::string VnfId(int number) { return Id("00000000-0000-4000-9000-%012d", number); }

std::string WorkflowOf(const MonitorPlan& plan, const std::string& vnf) {
  std::string more = plan.port == 0 ? "" : "\n        port: " + std::to_string(plan.port);
  if (plan.keep_alive) more += "\n        keep_alive: true";
  return "version: '2.0'\nvnf_id_" + vnf +
         ":\n  type: direct\n  description: Watches the VDUs of VNF " + vnf +
         "\n  input: [vnf_id, addresses]\n  tasks:\n    monitor_VDU1:\n      action: vnf." +
         plan.driver +
         "\n      input:\n        vdu: VDU1\n        addresses: <% $.addresses.get('VDU1') %>"
         "\n        monitoring_delay: " +
         std::to_string(plan.delay) +
         "\n        count: 3\n        interval: " + std::to_string(plan.interval) +
         "\n        timeout: " + std::to_string(plan.interval) + more +
         "\n        actions: {failure: [respawn]}\n";
}

}  // namespace

MonitorSession::MonitorSession(const std::string& address, const MonitorPlan& plan)
    : plan_(plan), stub_(v1::VNFPolicyMonitorRPC::NewStub(rpc::Dial(address))) {
  context_.set_wait_for_ready(true);
  rpc::SetDeadline(context_, absl::Hours(3));
  session_ = stub_->Session(&context_);
  SessionCommand command;
  command.mutable_open()->set_conductor_id("bench");
  command.mutable_open()->set_epoch(1);
  session_->Write(command);
  SessionEvent event;
  if (!session_->Read(&event)) Fail("no session: " + session_->Finish().error_message());
}

MonitorSession::~MonitorSession() { context_.TryCancel(); }

double MonitorSession::Command(int first, int last,
                               void (MonitorSession::*add)(int, SessionCommand*)) {
  const double begin = Now();
  int sent = first;
  for (int done = first; done < last;) {
    while (sent < last && sent - done < kUnansweredMax) {
      SessionCommand command;
      const int end = std::min(last, sent + kFrame);
      for (; sent < end; ++sent) (this->*add)(sent, &command);
      session_->Write(command);
    }
    SessionEvent event;
    if (!session_->Read(&event)) Fail("session lost: " + session_->Finish().error_message());
    for (const auto& result : event.results()) {
      if (result.outcome() == SessionEvent::ActionResult::OUTCOME_REFUSED) Fail(result.error());
      ++done;
    }
  }
  return Now() - begin;
}

double MonitorSession::Start(int first, int last) {
  return Command(first, last, &MonitorSession::AddStart);
}

double MonitorSession::Update(int first, int last) {
  ++version_;
  return Command(first, last, &MonitorSession::AddUpdate);
}

double MonitorSession::Cancel(int first, int last) {
  return Command(first, last, &MonitorSession::AddCancel);
}

std::string MonitorSession::AddressOf(int number) const {
  const auto own = addresses_.find(number);
  return own == addresses_.end() ? TargetAddress(number) : own->second;
}

google::protobuf::Struct MonitorSession::AddressesOf(int number) const {
  google::protobuf::Struct input;
  auto& of_vdus = *(*input.mutable_fields())["addresses"].mutable_struct_value();
  auto& addresses = *(*of_vdus.mutable_fields())["VDU1"].mutable_list_value();
  addresses.add_values()->set_string_value(AddressOf(number));
  return input;
}

void MonitorSession::AddStart(int number, SessionCommand* command) {
  auto* start = command->add_start();
  start->set_action_id(ActionId(number));
  start->set_vnf_id(VnfId(number));
  start->set_version(1);
  start->mutable_spec()->mutable_workflow()->set_definition(WorkflowOf(plan_, VnfId(number)));
  google::protobuf::Struct& input = *start->mutable_spec()->mutable_input();
  input = AddressesOf(number);
  (*input.mutable_fields())["vnf_id"].set_string_value(VnfId(number));
}

void MonitorSession::AddUpdate(int number, SessionCommand* command) {
  auto* update = command->add_update();
  update->set_action_id(ActionId(number));
  update->set_version(version_);
  *update->mutable_parameter() = AddressesOf(number);
}

void MonitorSession::AddCancel(int number, SessionCommand* command) {
  command->add_cancel()->set_action_id(ActionId(number));
}

v1::ProbeTotals MonitorSession::Totals() {
  grpc::ClientContext context;
  rpc::SetDeadline(context, absl::Seconds(60));
  v1::ListRequest request;
  request.set_page_size(1);
  v1::ListResponse response;
  if (!stub_->List(&context, request, &response).ok()) Fail("cannot list");
  return response.totals();
}

double MonitorSession::LongestGap(int monitors) {
  double longest = 0;
  v1::ListRequest request;
  request.set_page_size(100);  // so that the list itself delays no probe
  do {
    grpc::ClientContext context;
    rpc::SetDeadline(context, absl::Seconds(60));
    v1::ListResponse page;
    if (!stub_->List(&context, request, &page).ok()) Fail("cannot list");
    for (const auto& action : page.actions()) {
      for (const auto& target : action.targets()) {
        const auto& gap = target.longest_gap();
        longest = std::max(
            longest, static_cast<double>(gap.seconds()) + static_cast<double>(gap.nanos()) * 1e-9);
      }
    }
    request.set_page_token(page.next_page_token());
    monitors -= page.actions_size();
  } while (monitors > 0 && !request.page_token().empty());
  return longest;
}

}  // namespace gregale::bench
