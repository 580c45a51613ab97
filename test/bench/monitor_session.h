#pragma once

#include <map>
#include <memory>
#include <string>

#include "gregale/v1/monitor.grpc.pb.h"

namespace gregale::bench {

// What the monitors of a measurement watch, and how.
struct MonitorPlan {
  int monitors = 1000;
  std::string driver = "ping";  // or "http_ping"
  double interval = 1;          // seconds, as is the timeout
  double delay = 0;             // seconds before the first probe
  int port = 0;                 // of http_ping
  bool keep_alive = false;      // of http_ping
};

// An executor as a conductor sees it: a session that starts, updates and cancels monitors, one for
// each VNF, whose workflows are as conductors write them. Blocking; fails where it is refused.
class MonitorSession {
 public:
  MonitorSession(const std::string& address, const MonitorPlan& plan);
  ~MonitorSession();

  // Each for the monitors from `first` to `last` - 1, a thousand to a frame; returns the seconds
  // until all are done.
  double Start(int first, int last);
  double Update(int first, int last);
  double Cancel(int first, int last);
  // Which address a monitor watches; TargetAddress(number) unless set.
  void set_address(int number, const std::string& address) { addresses_[number] = address; }

  // Of all monitors.
  v1::ProbeTotals Totals();
  // The longest time between two probes of any of the first monitors since its start or update.
  double LongestGap(int monitors);

 private:
  double Command(int first, int last, void (MonitorSession::*add)(int, v1::SessionCommand*));
  void AddStart(int number, v1::SessionCommand* command);
  void AddUpdate(int number, v1::SessionCommand* command);
  void AddCancel(int number, v1::SessionCommand* command);
  std::string AddressOf(int number) const;
  google::protobuf::Struct AddressesOf(int number) const;

  const MonitorPlan plan_;
  std::map<int, std::string> addresses_;
  std::unique_ptr<v1::VNFPolicyMonitorRPC::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::SessionCommand, v1::SessionEvent>> session_;
  uint64_t version_ = 1;
};

}  // namespace gregale::bench
