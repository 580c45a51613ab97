#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/data_directory.h"
#include "cli/supervisor.h"

namespace gregale::cli {

struct UpOptions {
  std::string directory;          // absolute
  std::string program_directory;  // where gregale-server and the others are
  uint16_t rest_port = 9890;
  uint16_t server_port = 9891;
  uint16_t conductor_port = 9892;
  uint16_t executor_port = 9893;
  uint16_t mistral_port = 8989;  // of Mistral's API alone; 0: none
  int lease_seconds = 5;
  std::string log_level = "info";
  std::string auth = "noauth";  // or "accounts"
  std::string store;            // URL; "": SQLite in the directory
  std::string check_directory;  // absolute, of the executors' check programs; "": none
  // How many of each. The ports of the second are 10 above those of the first, and so on.
  int servers = 1;
  int conductors = 1;
  int executors = 1;
};
inline constexpr int kUpProcessesMax = 16;  // of each kind

// The port of the `i`-th (from 0) where the first has `first`.
uint16_t UpPort(uint16_t first, int i);

// What `gregale up` runs, and with which arguments. All of it listens on loopback only.
struct UpPlan {
  std::vector<Program> programs;      // in the order in which they are stopped
  UpState state;                      // the processes in the same order, without pids
  std::vector<std::string> teardown;  // removes what is left of the local VIM, afterwards
  std::string teardown_log;
};

UpPlan PlanUp(const UpOptions& options);

}  // namespace gregale::cli
