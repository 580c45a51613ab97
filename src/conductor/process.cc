#include "conductor/process.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mutex.h"
#include "base/secret_box.h"
#include "base/text.h"
#include "conductor/execution_clock.h"
#include "conductor/grpc_dialer.h"
#include "conductor/grpc_edge.h"
#include "conductor/grpc_witness_line.h"
#include "conductor/lease_keeper.h"
#include "conductor/membership.h"
#include "conductor/operation_worker.h"
#include "conductor/placement.h"
#include "conductor/relocation.h"
#include "conductor/session_pool.h"
#include "conductor/storm_guard.h"
#include "conductor/vim_access.h"
#include "conductor/wakeup.h"
#include "conductor/witness_desk.h"
#include "executions/executions.h"
#include "infra/drivers.h"
#include "infra/local/local_driver.h"
#include "store/member_table.h"
#include "store/operation_table.h"
#include "store/store.h"
#include "store/vim_table.h"

namespace gregale::conductor {
namespace {

// Leases end without a commit, so nobody waits longer than this.
constexpr absl::Duration kRoundMax = absl::Milliseconds(200);
// After an error of the store.
constexpr absl::Duration kErrorPause = absl::Milliseconds(500);
// Few looks at the store, even where it changes all the time.
constexpr absl::Duration kPlacementPause = absl::Milliseconds(50);
constexpr absl::Duration kStormsPause = absl::Seconds(1);
// While nothing moves.
constexpr absl::Duration kMovesPause = absl::Seconds(1);

infra::LocalOptions LocalOptionsOf(const ProcessOptions& options) {
  infra::LocalOptions local;
  local.state_dir = options.local_vim_dir;
  local.payload_path = options.vdu_program;
  return local;
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
  absl::Status ReconcileOnce(base::MonoTime& next_leases, base::MonoTime& next_placement);
  absl::Status GiveBack();

  const ProcessOptions options_;
  const base::Clock& clock_;
  const base::SecretBox box_;
  const std::unique_ptr<store::Store> store_;
  infra::DriverTable drivers_;
  const VimAccessor vims_;
  Wakeup wakeup_;
  LeaseKeeper leases_;
  executions::Executions executions_;
  ExecutionClock execution_clock_;
  GrpcDialer dialer_;
  WitnessDesk witnesses_;
  GrpcWitnessLine witness_line_;  // after the desk, to whom it tells
  StormGuard storms_;
  const PolicyActionEnvironment policies_;
  HttpWebhook webhook_;
  Placer placer_;
  Mover mover_;
  base::MonoTime next_moves_;
  SessionPool sessions_;
  base::MonoTime next_storms_;
  std::unique_ptr<Membership> membership_;
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
      leases_(*store_, clock, options.lease),
      executions_(random),
      execution_clock_(*store_, executions_, clock, options.lease),
      dialer_(options.transport),
      witnesses_(*store_, witness_line_, [this] { wakeup_.Notify(); }),
      witness_line_(options.transport),
      storms_(*store_, clock, options.guards),
      policies_{.store = *store_,
                .random = random,
                .storms = storms_,
                .witnesses = witnesses_,
                .guards = options.guards},
      webhook_(options.notify, clock),
      placer_(*store_, random),
      mover_(*store_, random),
      sessions_({.store = *store_,
                 .clock = clock,
                 .dialer = dialer_,
                 .executions = executions_,
                 .conductor_id = options.id,
                 .wake = [this] { wakeup_.Notify(); }},
                options.lease) {
  if (!options.local_vim_dir.empty()) {
    drivers_.Add(std::make_unique<infra::LocalDriver>(LocalOptionsOf(options)));
  }
  for (int i = 0; i < options.workers; ++i) {
    workers_.push_back(
        std::make_unique<OperationWorker>(OperationWorker::Environment{.store = *store_,
                                                                       .clock = clock,
                                                                       .random = random,
                                                                       .vims = vims_,
                                                                       .leases = leases_,
                                                                       .conductor_id = options.id,
                                                                       .webhook = &webhook_,
                                                                       .policies = &policies_}));
  }
}

absl::Status RunningProcess::Begin() {
  GREGALE_ASSIGN_OR_RETURN(edge_, GrpcEdge::Start({.reports = policies_,
                                                   .store = *store_,
                                                   .vims = vims_,
                                                   .executor_lease = options_.lease,
                                                   .address = options_.grpc_address,
                                                   .transport = options_.transport}));
  store::Conductor self;
  self.id = options_.id;
  self.address = options_.grpc_address;
  self.version = options_.version;
  membership_ = std::make_unique<Membership>(*store_, clock_, std::move(self), options_.lease);
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
    store_->WaitForChange(token, kRoundMax);
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
  base::MonoTime next_leases = clock_.Mono();
  base::MonoTime next_placement = clock_.Mono();
  while (!stopping_) {
    const absl::Status status = ReconcileOnce(next_leases, next_placement);
    trouble.Note(status);
    const absl::Duration until_placement = next_placement - clock_.Mono();
    // What comes while placement pauses is looked at when the pause is over.
    const absl::Duration pause =
        until_placement > absl::ZeroDuration() ? std::min(kRoundMax, until_placement) : kRoundMax;
    seen = wakeup_.Wait(seen, pause);
  }
}

void RunningProcess::KeepTime() {
  StoreTrouble trouble("timers and triggers");
  uint64_t seen = 0;
  while (!stopping_) {
    const absl::StatusOr<absl::Duration> idle = execution_clock_.Tick();
    trouble.Note(idle.status());
    const absl::Duration pause = idle.ok() ? *idle : kErrorPause;
    if (pause > absl::ZeroDuration()) seen = wakeup_.Wait(seen, std::min(pause, kErrorPause));
  }
}

absl::Status RunningProcess::ReconcileOnce(base::MonoTime& next_leases,
                                           base::MonoTime& next_placement) {
  absl::Status status = membership_->Tick();
  if (clock_.Mono() >= next_leases) next_leases = leases_.Tick();
  if (clock_.Mono() >= next_placement) {
    const absl::StatusOr<int> placed = placer_.Tick();
    if (!placed.ok()) status = placed.status();
    // A full round: there may be more.
    const bool more = placed.ok() && *placed == base::kPlacementsPerRoundMax;
    next_placement = clock_.Mono() + (more ? absl::ZeroDuration() : kPlacementPause);
  }
  if (clock_.Mono() >= next_moves_) {
    const absl::StatusOr<int> moving = mover_.Tick();
    status.Update(moving.status());
    next_moves_ = clock_.Mono() + (moving.ok() && *moving > 0 ? kPlacementPause : kMovesPause);
  }
  status.Update(witnesses_.Tick());
  if (clock_.Mono() >= next_storms_) {
    status.Update(storms_.Tick());
    next_storms_ = clock_.Mono() + kStormsPause;
  }
  const absl::Status sessions = sessions_.Tick();
  return sessions.ok() ? status : sessions;
}

absl::Status RunningProcess::GiveBack() {
  const absl::Status released = sessions_.Release();
  const absl::Status left = membership_->Leave();
  const absl::Status operations =
      store_->Write([&](store::Txn& txn) { return store::ReleaseOperations(txn, options_.id); });
  if (!released.ok()) return released;
  return left.ok() ? operations : left;
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
  return GiveBack();
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
