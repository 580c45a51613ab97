#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "conductor/process.h"
#include "gregale/v1/executor_registry.grpc.pb.h"
#include "gregale/v1/local_vim.grpc.pb.h"
#include "gregale/v1/policy_action.grpc.pb.h"
#include "rpc/channel.h"

// The whole conductor with its threads, on a store in a file, seen from outside.
namespace gregale::conductor {
namespace {

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "gregale-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string operator/(std::string_view name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

ProcessOptions OptionsIn(const Folder& folder) {
  ProcessOptions options;
  options.store_url = base::Cat("sqlite://", folder / "store.db");
  options.secret_key_file = folder / "key";
  options.grpc_address = "127.0.0.1:0";
  options.id = "conductor-1";
  options.lease = absl::Seconds(1);
  return options;
}

TEST_CASE("a conductor answers on its port, and stops in time") {
  base::InitLog("conductor_rpc_test", base::LogLevel::kError);
  Folder folder;
  base::SystemClock clock;
  base::SystemRandom random;
  auto process = Process::Start(OptionsIn(folder), clock, random);
  INFO(process.status());
  REQUIRE(process.ok());
  const auto channel = rpc::Dial(base::Cat("127.0.0.1:", (*process)->port()));

  SECTION("a report of nobody's monitor") {
    const auto stub = v1::VNFPolicyActionRPC::NewStub(channel);
    v1::ExecutePolicyActionRequest request;
    request.set_vnf_id(base::NewUuid(random));
    request.set_action_id(base::NewUuid(random));
    request.set_monitor_return_value("failure");
    request.add_policy_actions("respawn");
    request.set_vdu("VDU1");
    request.set_policy("ping");
    request.set_address("198.18.0.3");
    request.set_incident(1);
    v1::ExecutePolicyActionResponse response;
    grpc::ClientContext context;
    rpc::SetDeadline(context, absl::Seconds(10));
    const grpc::Status status = stub->ExecutePolicyAction(&context, request, &response);
    CHECK(status.ok());
    CHECK(response.status() == "BAD_ACTION");

    request.set_vnf_id("x");
    grpc::ClientContext again;
    rpc::SetDeadline(again, absl::Seconds(10));
    CHECK(stub->ExecutePolicyAction(&again, request, &response).error_code() ==
          grpc::StatusCode::INVALID_ARGUMENT);
  }
  SECTION("executors register") {
    const auto stub = v1::ExecutorRegistry::NewStub(channel);
    v1::HeartbeatRequest request;
    request.set_executor_id("exec-1");
    request.set_incarnation(base::NewUuid(random));
    request.set_address("127.0.0.1:1");
    request.set_capacity(1);
    v1::HeartbeatResponse response;
    grpc::ClientContext context;
    rpc::SetDeadline(context, absl::Seconds(10));
    CHECK(stub->Heartbeat(&context, request, &response).ok());
    CHECK(response.lease().seconds() == 1);
    v1::ListExecutorsResponse list;
    grpc::ClientContext list_context;
    rpc::SetDeadline(list_context, absl::Seconds(10));
    CHECK(stub->ListExecutors(&list_context, {}, &list).ok());
    CHECK(list.executors_size() == 1);
  }
  SECTION("a VDU that is not there cannot be broken") {
    const auto stub = v1::LocalVimRPC::NewStub(channel);
    v1::BreakVduRequest request;
    request.set_vnf_id(base::NewUuid(random));
    request.set_vdu("VDU1");
    v1::BreakVduResponse response;
    grpc::ClientContext context;
    rpc::SetDeadline(context, absl::Seconds(10));
    CHECK(stub->BreakVdu(&context, request, &response).error_code() == grpc::StatusCode::NOT_FOUND);
  }
  const base::MonoTime begin = clock.Mono();
  CHECK((*process)->Stop(absl::Seconds(2)).ok());
  CHECK(clock.Mono() - begin < absl::Seconds(3));
}

TEST_CASE("a conductor says what it cannot start with") {
  Folder folder;
  base::SystemClock clock;
  base::SystemRandom random;
  ProcessOptions options = OptionsIn(folder);
  SECTION("a store that is not there") {
    options.store_url = "sqlite:///nonexistent/folder/store.db";
  }
  SECTION("an address that it cannot have") { options.grpc_address = "203.0.113.1:1"; }
  CHECK_FALSE(Process::Start(options, clock, random).ok());
}

}  // namespace
}  // namespace gregale::conductor
