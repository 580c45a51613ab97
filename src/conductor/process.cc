#include "conductor/process.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "base/mutex.h"
#include "base/secret_box.h"
#include "conductor/conductor.h"
#include "conductor/grpc_dialer.h"
#include "conductor/grpc_edge.h"
#include "conductor/grpc_witness_line.h"
#include "conductor/operation_worker.h"
#include "conductor/vim_access.h"
#include "conductor/wakeup.h"
#include "infra/drivers.h"
#include "infra/local/local_driver.h"
#include "store/store.h"
#include "store/vim_table.h"

namespace gregale::conductor {
namespace {

// How long a look at the store for changes takes at most, before it sees that it shall stop.
constexpr absl::Duration kWatchMax = absl::Milliseconds(200);
// After an error of the store.
constexpr absl::Duration kErrorPause = absl::Milliseconds(500);

infra::LocalOptions LocalOptionsOf(const ProcessOptions& options) {
  infra::LocalOptions local;
  local.state_dir = options.local_vim_dir;
  local.payload_path = options.vdu_program;
  return local;
}

store::Conductor SelfOf(const ProcessOptions& options) {
  store::Conductor self;
  self.id = options.id;
  self.address = options.grpc_address;
  self.version = options.version;
  return self;
}

// A failing store fails every round: one line says so, another when it is over.
class StoreTrouble {
 public:
  explicit StoreTrouble(std::string_view who) : who_(who) {}
  void Note(const absl::Status& status) {
    if (status.ok() == ok_) return;
    ok_ = status.ok();
    if (ok_) {
      base::LogInfo("works again", {{"part", who_}});
    } else {
      base::LogWarning("cannot work now", {{"part", who_}, {"error", status.ToString()}});
    }
  }

 private:
  const std::string who_;
  bool ok_ = true;
};

class RunningProcess final : public Process {
 public:
  RunningProcess(const ProcessOptions& options, const base::Clock& clock, base::Random& random,
                 base::SecretBox box, std::unique_ptr<store::Store> store);

  absl::Status Begin();
  int port() const override { return edge_->port(); }
  absl::Status Stop(absl::Duration timeout) override;

 private:
  void Run(std::function<void()> body);
  void WatchStore();
  void Work(OperationWorker& worker);
  void Reconcile();
  void KeepTime();

  const ProcessOptions options_;
  const base::Clock& clock_;
  const base::SecretBox box_;
  const std::unique_ptr<store::Store> store_;
  infra::DriverTable drivers_;
  const VimAccessor vims_;
  Wakeup wakeup_;
  GrpcDialer dialer_;
  HttpWebhook webhook_;
  Conductor conductor_;
  GrpcWitnessLine witness_line_;  // after the conductor, to whom it tells
  std::unique_ptr<GrpcEdge> edge_;
  std::vector<std::unique_ptr<OperationWorker>> workers_;

  std::atomic<bool> stopping_ = false;
  base::Mutex mutex_;
  base::CondVar ended_;
  int running_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<std::thread> threads_;
};

RunningProcess::RunningProcess(const ProcessOptions& options, const base::Clock& clock,
                               base::Random& random, base::SecretBox box,
                               std::unique_ptr<store::Store> store)
    : options_(options),
      clock_(clock),
      box_(std::move(box)),
      store_(std::move(store)),
      vims_(box_, drivers_),
      dialer_(options.transport),
      webhook_(options.notify, clock),
      conductor_({.store = *store_,
                  .clock = clock,
                  .random = random,
                  .vims = vims_,
                  .dialer = dialer_,
                  .witness_line = witness_line_,
                  .webhook = &webhook_,
                  .wake = [this] { wakeup_.Notify(); }},
                 {.self = SelfOf(options), .lease = options.lease, .guards = options.guards}),
      witness_line_(options.transport) {
  if (!options.local_vim_dir.empty()) {
    drivers_.Add(std::make_unique<infra::LocalDriver>(LocalOptionsOf(options)));
  }
  for (int i = 0; i < options.workers; ++i) workers_.push_back(conductor_.NewWorker());
}

absl::Status RunningProcess::Begin() {
  GREGALE_ASSIGN_OR_RETURN(edge_, GrpcEdge::Start({.reports = conductor_.policies(),
                                                   .store = *store_,
                                                   .vims = vims_,
                                                   .executor_lease = options_.lease,
                                                   .address = options_.grpc_address,
                                                   .transport = options_.transport}));
  Run([this] { WatchStore(); });
  Run([this] { Reconcile(); });
  Run([this] { KeepTime(); });
  for (const auto& worker : workers_) Run([this, &worker] { Work(*worker); });
  return absl::OkStatus();
}

void RunningProcess::Run(std::function<void()> body) {
  {
    base::MutexLock lock(mutex_);
    ++running_;
  }
  threads_.emplace_back([this, body = std::move(body)] {
    body();
    base::MutexLock lock(mutex_);
    --running_;
    ended_.NotifyAll();
  });
}

void RunningProcess::WatchStore() {
  int64_t token = 0;
  while (!stopping_) {
    const int64_t before = token;
    store_->WaitForChange(token, kWatchMax);
    if (token != before) wakeup_.Notify();
  }
}

void RunningProcess::Work(OperationWorker& worker) {
  StoreTrouble trouble("operations");
  uint64_t seen = 0;
  while (!stopping_) {
    const absl::StatusOr<absl::Duration> idle = worker.RunOne();
    trouble.Note(idle.status());
    const absl::Duration pause = idle.ok() ? *idle : kErrorPause;
    if (pause > absl::ZeroDuration()) seen = wakeup_.Wait(seen, std::min(pause, kErrorPause));
  }
}

void RunningProcess::Reconcile() {
  StoreTrouble trouble("placement and sessions");
  uint64_t seen = 0;
  while (!stopping_) {
    trouble.Note(conductor_.Reconcile());
    seen = wakeup_.Wait(seen, conductor_.Pause());
  }
}

void RunningProcess::KeepTime() {
  StoreTrouble trouble("timers and triggers");
  uint64_t seen = 0;
  while (!stopping_) {
    const absl::StatusOr<absl::Duration> idle = conductor_.KeepTime();
    trouble.Note(idle.status());
    const absl::Duration pause = idle.ok() ? *idle : kErrorPause;
    if (pause > absl::ZeroDuration()) seen = wakeup_.Wait(seen, std::min(pause, kErrorPause));
  }
}

absl::Status RunningProcess::Stop(absl::Duration timeout) {
  const base::MonoTime deadline = clock_.Mono() + timeout;
  edge_.reset();
  stopping_ = true;
  for (const auto& worker : workers_) worker->Stop();
  wakeup_.Notify();
  {
    base::MutexLock lock(mutex_);
    while (running_ > 0) {
      const absl::Duration left = deadline - clock_.Mono();
      if (left <= absl::ZeroDuration()) {
        return absl::DeadlineExceededError("a thread is still in a call");
      }
      ended_.WaitFor(mutex_, left);
    }
  }
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  return conductor_.Leave();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Process>> Process::Start(const ProcessOptions& options,
                                                        const base::Clock& clock,
                                                        base::Random& random) {
  GREGALE_ASSIGN_OR_RETURN(base::SecretBox box,
                           base::SecretBox::FromKeyFile(options.secret_key_file));
  GREGALE_ASSIGN_OR_RETURN(auto store, store::Store::Open(options.store_url, clock));
  auto process =
      std::make_unique<RunningProcess>(options, clock, random, std::move(box), std::move(store));
  GREGALE_RETURN_IF_ERROR(process->Begin());
  return std::unique_ptr<Process>(std::move(process));
}

absl::Status TearDownLocalVims(const ProcessOptions& options, const base::Clock& clock) {
  GREGALE_ASSIGN_OR_RETURN(const auto store, store::Store::Open(options.store_url, clock));
  std::vector<store::Vim> vims;
  GREGALE_RETURN_IF_ERROR(store->Read([&](store::Txn& txn) -> absl::Status {
    store::ListQuery query;
    query.equals["type"] = {"local"};
    GREGALE_ASSIGN_OR_RETURN(vims, store::ListVims(txn, query));
    return absl::OkStatus();
  }));
  infra::LocalDriver driver(LocalOptionsOf(options));
  absl::Status result;
  for (const store::Vim& vim : vims) {
    const absl::Status purged = driver.Purge(vim.id);
    if (!purged.ok()) result = purged;
    base::LogInfo("local VIM torn down",
                  {{"vim", vim.id}, {"error", std::string(purged.message())}});
  }
  return result;
}

}  // namespace gregale::conductor
