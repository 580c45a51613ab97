#include "executor/transfers.h"

#include <curl/curl.h>

#include <thread>
#include <unordered_map>

#include "absl/base/thread_annotations.h"
#include "base/mutex.h"
#include "base/text.h"
#include "executor/action_limits.h"
#include "executor/easy_transfer.h"

namespace gregale::executor {
namespace {

// libcurl has timers of its own; this only bounds one wait.
constexpr int kWaitMillisecondsMax = 60'000;

struct FreeMulti {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};

void InitLibrary() {
  static const CURLcode done = curl_global_init(CURL_GLOBAL_DEFAULT);
  (void)done;
}

}  // namespace

// Where libcurl lives. Begin and Abandon come from the loop; the rest is the thread's.
class Transfers::Thread {
 public:
  Thread(base::Scheduler& scheduler, Transfers& owner)
      : shared_(std::make_shared<Shared>(Shared{scheduler, &owner})), multi_(curl_multi_init()) {
    thread_ = std::thread([this] { Serve(); });
  }
  ~Thread() {
    shared_->owner = nullptr;
    {
      base::MutexLock lock(mutex_);
      stop_ = true;
    }
    curl_multi_wakeup(multi_.get());
    thread_.join();
  }

  void Begin(std::unique_ptr<EasyTransfer> transfer) {
    {
      base::MutexLock lock(mutex_);
      begun_.push_back(std::move(transfer));
    }
    curl_multi_wakeup(multi_.get());
  }
  void Refuse(uint64_t id) {
    Tell(id, absl::ResourceExhaustedError(base::Cat(kTransfersMax, " transfers go on already")));
  }
  void Abandon(uint64_t id) {
    {
      base::MutexLock lock(mutex_);
      abandoned_.push_back(id);
    }
    curl_multi_wakeup(multi_.get());
  }

 private:
  // What answers reach on the loop, which may outlive the transfers.
  struct Shared {
    base::Scheduler& scheduler;
    Transfers* owner;  // the loop's thread only
  };

  void Serve() {
    while (TakeOrders()) {
      int running = 0;
      curl_multi_perform(multi_.get(), &running);
      int left = 0;
      while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
        if (message->msg == CURLMSG_DONE) End(message->easy_handle, message->data.result);
      }
      curl_multi_poll(multi_.get(), nullptr, 0, kWaitMillisecondsMax, nullptr);
    }
    for (auto& [id, transfer] : running_) curl_multi_remove_handle(multi_.get(), transfer->easy());
    running_.clear();
  }

  // false: the end has come.
  bool TakeOrders() {
    std::vector<std::unique_ptr<EasyTransfer>> begun;
    std::vector<uint64_t> abandoned;
    {
      base::MutexLock lock(mutex_);
      if (stop_) return false;
      begun.swap(begun_);
      abandoned.swap(abandoned_);
    }
    for (auto& transfer : begun) {
      curl_multi_add_handle(multi_.get(), transfer->easy());
      const uint64_t id = transfer->id();
      running_[id] = std::move(transfer);
    }
    for (const uint64_t id : abandoned) {
      const auto transfer = running_.extract(id);
      if (!transfer.empty()) curl_multi_remove_handle(multi_.get(), transfer.mapped()->easy());
    }
    return true;
  }

  void End(CURL* easy, CURLcode code) {
    EasyTransfer* transfer = nullptr;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
    curl_multi_remove_handle(multi_.get(), easy);
    const auto ended = running_.extract(transfer->id());
    Tell(transfer->id(), transfer->Result(code));
  }

  void Tell(uint64_t id, absl::StatusOr<Reply> reply) {
    shared_->scheduler.Post([shared = shared_, id, reply = std::move(reply)]() mutable {
      if (shared->owner != nullptr) shared->owner->Finish(id, std::move(reply));
    });
  }

  const std::shared_ptr<Shared> shared_;
  const std::unique_ptr<CURLM, FreeMulti> multi_;
  std::unordered_map<uint64_t, std::unique_ptr<EasyTransfer>> running_;
  base::Mutex mutex_;
  std::vector<std::unique_ptr<EasyTransfer>> begun_ ABSL_GUARDED_BY(mutex_);
  std::vector<uint64_t> abandoned_ ABSL_GUARDED_BY(mutex_);
  bool stop_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

Transfers::Transfers(base::Scheduler& scheduler) : scheduler_(scheduler) { InitLibrary(); }

Transfers::~Transfers() = default;

std::unique_ptr<Transfers::Handle> Transfers::Start(std::variant<HttpRequest, Mail> what,
                                                    absl::Duration timeout, Done done) {
  // Most executors never need it.
  if (thread_ == nullptr) thread_ = std::make_unique<Thread>(scheduler_, *this);
  const uint64_t id = next_id_++;
  const bool full = waiting_.size() >= kTransfersMax;
  waiting_[id] = std::move(done);
  auto handle = std::make_unique<Handle>(*this, id);
  if (full) {
    thread_->Refuse(id);
    return handle;
  }
  thread_->Begin(std::make_unique<EasyTransfer>(id, std::move(what), timeout));
  return handle;
}

void Transfers::Cancel(uint64_t id) {
  if (waiting_.erase(id) > 0) thread_->Abandon(id);
}

void Transfers::Finish(uint64_t id, absl::StatusOr<Reply> reply) {
  const auto done = waiting_.extract(id);
  if (!done.empty()) done.mapped()(std::move(reply));
}

}  // namespace gregale::executor
