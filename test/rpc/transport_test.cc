#include "rpc/transport.h"

#include <stdlib.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>

#include "base/text.h"
#include "gregale/v1/monitor.grpc.pb.h"
#include "rpc/channel.h"
#include "rpc/server.h"

namespace gregale::rpc {
namespace {

namespace fs = std::filesystem;

// Authorities and what they have signed, made by openssl in a folder that goes with this.
class Certificates {
 public:
  Certificates() {
    std::string pattern = base::Cat(fs::temp_directory_path().string(), "/gregale-tls-XXXXXX");
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    folder_ = std::move(pattern);
  }
  ~Certificates() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  // A process's files, signed by the authority of this name, which is made where it is new.
  TlsFiles Make(const std::string& authority, const std::string& process) {
    if (!fs::exists(Path(authority, ".key"))) {
      Run(base::Cat(kNew, " -x509 -days 2 -subj /CN=", authority, " -keyout ",
                    Path(authority, ".key"), " -out ", Path(authority, ".crt")));
    }
    const TlsFiles files = {Path(process, ".crt"), Path(process, ".key"), Path(process, ".ca")};
    Run(base::Cat(kNew, " -subj /CN=", process, " -keyout ", files.key, " -out ",
                  Path(process, ".csr")));
    Run(base::Cat("openssl x509 -req -days 2 -CAcreateserial -in ", Path(process, ".csr"), " -CA ",
                  Path(authority, ".crt"), " -CAkey ", Path(authority, ".key"), " -out ",
                  files.certificate));
    fs::copy_file(Path(authority, ".crt"), files.authority, fs::copy_options::overwrite_existing);
    return files;
  }
  std::string Path(const std::string& name, const char* suffix) const {
    return base::Cat(folder_, "/", name, suffix);
  }

 private:
  static constexpr const char* kNew =
      "openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
  static void Run(const std::string& command) {
    INFO(command);
    REQUIRE(system(base::Cat(command, " >/dev/null 2>&1").c_str()) == 0);
  }

  std::string folder_;
};

Transport Tls(const TlsFiles& files) {
  auto transport = Transport::Tls(files);
  INFO(transport.status());
  REQUIRE(transport.ok());
  return *transport;
}

// Answers every call with UNIMPLEMENTED: that is enough to know that it was reached.
class Reached {
 public:
  explicit Reached(const Transport& transport) {
    auto server =
        Server::Start({.address = "127.0.0.1:0", .services = {&service_}, .transport = transport});
    REQUIRE(server.ok());
    server_ = *std::move(server);
  }
  bool By(const Transport& transport) const {
    const auto stub =
        v1::VNFPolicyMonitorRPC::NewStub(Dial(base::Cat("127.0.0.1:", server_->port()), transport));
    grpc::ClientContext context;
    SetDeadline(context, absl::Seconds(1));
    context.set_wait_for_ready(true);  // connects again and again until then
    v1::ListResponse response;
    const grpc::Status status = stub->List(&context, v1::ListRequest(), &response);
    return status.error_code() == grpc::StatusCode::UNIMPLEMENTED;
  }

 private:
  v1::VNFPolicyMonitorRPC::Service service_;
  std::unique_ptr<Server> server_;
};

TEST_CASE("by TLS only those talk who have a certificate of the authority, both ways") {
  Certificates certificates;
  const Transport ours = Tls(certificates.Make("ours", "server"));
  const Transport peer = Tls(certificates.Make("ours", "peer"));
  const Transport stranger = Tls(certificates.Make("theirs", "stranger"));
  const Reached server(ours);
  CHECK(server.By(peer));
  CHECK_FALSE(server.By(Transport()));
  CHECK_FALSE(server.By(stranger));
  // The stranger's server has a certificate, but not of an authority that we know.
  const Reached other(stranger);
  CHECK_FALSE(other.By(peer));
  const Reached plain{Transport()};
  CHECK_FALSE(plain.By(peer));
  CHECK(plain.By(Transport()));
}

TEST_CASE("certificates that are replaced hold without a restart") {
  Certificates certificates;
  const Reached server(Tls(certificates.Make("old", "server")));
  REQUIRE(server.By(Tls(certificates.Make("old", "peer"))));
  const Transport next = Tls(certificates.Make("new", "next"));
  CHECK_FALSE(server.By(next));
  certificates.Make("new", "server");
  // Each attempt waits for its connection, up to a second.
  bool reached = false;
  for (int attempt = 0; attempt < 15 && !reached; ++attempt) reached = server.By(next);
  CHECK(reached);
}

TEST_CASE("files that are missing or no certificates are refused by name") {
  Certificates certificates;
  TlsFiles files = certificates.Make("ours", "server");
  const auto refused = [](const TlsFiles& wrong, const char* why) {
    const absl::Status status = Transport::Tls(wrong).status();
    CHECK(status.code() == absl::StatusCode::kFailedPrecondition);
    CHECK_THAT(std::string(status.message()), Catch::Contains(why));
  };
  refused({files.certificate, files.key, ""}, "--tls-ca is missing");
  refused({files.certificate, "/nowhere.key", files.authority}, "--tls-key");
  refused({"/proc/self/status", files.key, files.authority}, "nothing of PEM");
}

TEST_CASE("plain text is for this machine, or for who asks for it") {
  TransportFlags flags;
  for (const char* here : {"127.0.0.1:9892", "localhost:9892", "[::1]:9892"}) {
    CHECK(ChooseTransport(flags, {here}).ok());
  }
  for (const char* beyond : {"0.0.0.0:9892", "[::]:9892", "10.0.0.1:9892", "cond1:9892"}) {
    INFO(beyond);
    CHECK_THAT(std::string(ChooseTransport(flags, {"127.0.0.1:1", beyond}).status().message()),
               Catch::Contains("--plaintext"));
  }
  flags.plaintext = true;
  CHECK(ChooseTransport(flags, {"0.0.0.0:9892"}).ok());
  flags.files.certificate = std::string("x");
  CHECK_FALSE(ChooseTransport(flags, {"127.0.0.1:9892"}).ok());
}

}  // namespace
}  // namespace gregale::rpc
