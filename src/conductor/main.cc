#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "absl/strings/ascii.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/random.h"
#include "base/shutdown.h"
#include "base/text.h"
#include "conductor/process.h"

namespace {

using gregale::conductor::Process;
using gregale::conductor::ProcessOptions;

constexpr absl::Duration kStopTime = absl::Seconds(2);

// A program that is installed beside this one.
std::string ProgramBeside(std::string_view name) {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? std::string(name) : (self.parent_path() / name).string();
}

std::string DefaultId() {
  char host[256] = {};
  gethostname(host, sizeof(host) - 1);
  return std::string(host) + "-conductor";
}

// A flag for each row of the table of guards: "--respawn-limit".
void AddGuardOptions(CLI::App& app, gregale::policies::GuardSettings& guards) {
  for (const gregale::policies::GuardSetting& setting : gregale::policies::GuardTable()) {
    std::string name(setting.name);
    std::replace(name.begin(), name.end(), '_', '-');
    app.add_option_function<std::string>(
           "--" + name,
           [&guards, &setting, name](const std::string& value) {
             const absl::Status status = setting.parse(value, name, guards);
             if (!status.ok()) throw CLI::ValidationError(std::string(status.message()));
           },
           std::string(setting.meaning))
        ->default_str(std::string(setting.fallback))
        ->group("Guards (a VNF's descriptor may say otherwise)");
  }
}

void AddNotifyOptions(CLI::App& app, gregale::conductor::HttpWebhook::Options& notify,
                      std::string& secret_file) {
  app.add_option("--notify-allow", notify.allowed,
                 "what the URLs of receivers of `notify` must begin with, separated by commas; "
                 "without it none is told")
      ->delimiter(',');
  app.add_option("--notify-secret-file", secret_file,
                 "holds the secret by which notifications are signed");
}

absl::Status ReadNotifySecret(const std::string& file,
                              gregale::conductor::HttpWebhook::Options& notify) {
  if (file.empty()) return absl::OkStatus();
  auto secret = gregale::base::ReadFile(file, gregale::base::kNotifySecretBytesMax);
  if (!secret.ok()) return secret.status();
  absl::StripTrailingAsciiWhitespace(&*secret);
  notify.secret = *std::move(secret);
  return absl::OkStatus();
}

int Serve(const ProcessOptions& options, gregale::base::ShutdownSignal& shutdown) {
  gregale::base::SystemClock clock;
  gregale::base::SystemRandom random;
  auto process = Process::Start(options, clock, random);
  if (!process.ok()) {
    std::fprintf(stderr, "gregale-conductor: %s\n", process.status().ToString().c_str());
    return EXIT_FAILURE;
  }
  gregale::base::LogInfo("conductor is up",
                         {{"id", options.id}, {"port", gregale::base::Cat((*process)->port())}});
  shutdown.Wait();
  const absl::Status stopped = (*process)->Stop(kStopTime);
  if (absl::IsDeadlineExceeded(stopped)) {
    gregale::base::LogWarning("stopped in the middle of an operation; its lease will run out",
                              {{"id", options.id}});
    std::_Exit(EXIT_SUCCESS);
  }
  if (!stopped.ok()) {
    gregale::base::LogWarning("stopped without giving everything back",
                              {{"error", stopped.ToString()}});
  }
  gregale::base::LogInfo("conductor is down", {{"id", options.id}});
  return EXIT_SUCCESS;
}

// What the flags name is read, and what they must not leave out is missed.
absl::Status Complete(const gregale::rpc::TransportFlags& transport,
                      const std::string& notify_secret_file, ProcessOptions& options) {
  GREGALE_RETURN_IF_ERROR(ReadNotifySecret(notify_secret_file, options.notify));
  if (options.secret_key_file.empty()) {
    return absl::InvalidArgumentError("--secret-key-file is required");
  }
  GREGALE_ASSIGN_OR_RETURN(options.transport,
                           gregale::rpc::ChooseTransport(transport, {options.grpc_address}));
  return absl::OkStatus();
}

}  // namespace

int main(int argc, char** argv) {
  gregale::base::ShutdownSignal shutdown;
  CLI::App app{
      "gregale-conductor: carries out life-cycle operations, places monitors on executors and "
      "answers their reports.\nAny number may share one store."};
  ProcessOptions options;
  options.version = GREGALE_VERSION;
  options.id = DefaultId();
  options.vdu_program = ProgramBeside("gregale-vdu");
  double lease_seconds = 5;
  gregale::base::LogLevel log_level = gregale::base::LogLevel::kInfo;
  bool teardown = false;
  app.add_option("--store", options.store_url,
                 "sqlite:///absolute/path or postgresql://USER@HOST/DATABASE")
      ->required();
  app.add_option("--secret-key-file", options.secret_key_file,
                 "key that opens the VIMs' secrets; made where there is none");
  app.add_option("--grpc", options.grpc_address, "HOST:PORT to serve on")
      ->default_val("127.0.0.1:9892");
  gregale::rpc::TransportFlags transport;
  gregale::rpc::AddTransportFlags(app, transport);
  app.add_option("--id", options.id, "name in the pool, stable over restarts")
      ->capture_default_str();
  app.add_option("--lease", lease_seconds, "seconds after which a silent process has lost its work")
      ->capture_default_str()
      ->check(CLI::Range(1.0, 300.0));
  app.add_option("--workers", options.workers, "operations worked on at the same time")
      ->capture_default_str()
      ->check(CLI::Range(1, 64));
  app.add_option("--local-vim-dir", options.local_vim_dir,
                 "where the VIM type 'local' keeps its state; without it there is none");
  app.add_option("--vdu-program", options.vdu_program, "what a local VDU runs")
      ->capture_default_str();
  AddGuardOptions(app, options.guards);
  std::string notify_secret_file;
  AddNotifyOptions(app, options.notify, notify_secret_file);
  app.add_flag("--teardown-local-vim", teardown,
               "remove everything of the store's local VIMs from this machine, and exit");
  app.add_option("--log-level", log_level, "debug, info, warning or error")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, gregale::base::LogLevel>{
              {"debug", gregale::base::LogLevel::kDebug},
              {"info", gregale::base::LogLevel::kInfo},
              {"warning", gregale::base::LogLevel::kWarning},
              {"error", gregale::base::LogLevel::kError}},
          CLI::ignore_case));
  CLI11_PARSE(app, argc, argv);

  options.lease = absl::Seconds(lease_seconds);
  gregale::base::InitLog("conductor", log_level);
  if (teardown) {
    if (options.local_vim_dir.empty()) {
      std::fprintf(stderr, "gregale-conductor: --teardown-local-vim needs --local-vim-dir\n");
      return EXIT_FAILURE;
    }
    gregale::base::SystemClock clock;
    const absl::Status done = gregale::conductor::TearDownLocalVims(options, clock);
    if (!done.ok()) std::fprintf(stderr, "gregale-conductor: %s\n", done.ToString().c_str());
    return done.ok() ? EXIT_SUCCESS : EXIT_FAILURE;
  }
  const absl::Status ready = Complete(transport, notify_secret_file, options);
  if (!ready.ok()) {
    std::fprintf(stderr, "gregale-conductor: %s\n", ready.ToString().c_str());
    return EXIT_FAILURE;
  }
  return Serve(options, shutdown);
}
