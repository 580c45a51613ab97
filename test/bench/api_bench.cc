#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "bench/filled_store.h"
#include "httplib.h"

// Asks an HTTP server the same thing again and again, on connections that stay, and prints
// {"per_second", "p50_ms", "p99_ms", "failed"}:
//   api_bench HOST PORT THREADS SECONDS GET PATH
//   api_bench HOST PORT THREADS SECONDS POST PATH BODY
// "%n" is a number of its own, "%r" one below GREGALE_BENCH_ROWS by chance, "%i" the id of such a
// VNF of a store that fill_store filled. With RATE requests a second, at set times (what is late is
// late from then on), or with RATE 0 as many as there can be; each fourth of them is a POST:
//   api_bench mix HOST PORT THREADS SECONDS RATE GETPATH POSTPATH BODY
// The least that there is to it, the same load on a cpp-httplib server that answers BODY:
//   api_bench bare THREADS SECONDS BODY
// and transactions that insert a row of so many bytes, synchronous as Gregale's:
//   api_bench commit FILE THREADS SECONDS BYTES
namespace {

using gregale::base::MonoTime;

struct Load {
  std::string host;
  int port = 0;
  int threads = 1;
  double seconds = 1;
  std::string method;
  std::string path;
  std::string body;
};

// What all threads together have done.
struct Tally {
  std::mutex mutex;
  std::vector<double> milliseconds;
  int failed = 0;
};

// Replaces what stands for a number.
std::string Numbered(std::string text, std::atomic<uint64_t>& number) {
  static thread_local std::mt19937_64 random{std::random_device()()};
  static const char* const rows_text = std::getenv("GREGALE_BENCH_ROWS");
  static const uint64_t rows = rows_text == nullptr ? 1 : std::stoull(rows_text);
  for (size_t at = text.find('%'); at != text.npos; at = text.find('%', at + 1)) {
    switch (at + 1 < text.size() ? text[at + 1] : ' ') {
      case 'n':
        text.replace(at, 2, std::to_string(++number));
        break;
      case 'r':
        text.replace(at, 2, std::to_string(random() % rows));
        break;
      case 'i':
        text.replace(at, 2, gregale::bench::FilledVnfId(random() % rows));
        break;
      default:
        break;
    }
  }
  return text;
}

// What one connection has done.
struct Record {
  std::vector<double> milliseconds;
  int failed = 0;

  void AddTo(Tally& tally) const {
    const std::lock_guard<std::mutex> lock(tally.mutex);
    tally.milliseconds.insert(tally.milliseconds.end(), milliseconds.begin(), milliseconds.end());
    tally.failed += failed;
  }
};

class Asker {
 public:
  Asker(const std::string& host, int port, std::atomic<uint64_t>& number)
      : client_(host, port), number_(number) {
    client_.set_keep_alive(true);
    client_.set_tcp_nodelay(true);
  }
  // false: not answered, or refused.
  bool Get(const std::string& path) {
    const auto answer = client_.Get(Numbered(path, number_).c_str());
    return answer && answer->status < 300;
  }
  bool Post(const std::string& path, const std::string& body) {
    const auto answer = client_.Post(path.c_str(), Numbered(body, number_), "application/json");
    return answer && answer->status < 300;
  }

 private:
  httplib::Client client_;
  std::atomic<uint64_t>& number_;
};

void Ask(const Load& load, const gregale::base::Clock& clock, std::atomic<uint64_t>& number,
         MonoTime end, Tally& tally) {
  Asker asker(load.host, load.port, number);
  Record record;
  while (clock.Mono() < end) {
    const MonoTime begin = clock.Mono();
    const bool done =
        load.method == "GET" ? asker.Get(load.path) : asker.Post(load.path, load.body);
    record.milliseconds.push_back(absl::ToDoubleMilliseconds(clock.Mono() - begin));
    record.failed += done ? 0 : 1;
  }
  record.AddTo(tally);
}

// Nobody tells what time it is: blocks for so long.
void Await(absl::Duration duration) {
  gregale::base::Mutex mutex;
  gregale::base::CondVar never;
  const gregale::base::MutexLock lock(mutex);
  never.WaitFor(mutex, duration);
}

// Request after request, each at its time.
struct Timetable {
  MonoTime begin;
  absl::Duration interval;  // between the requests of all connections; 0: each at once
  std::atomic<int64_t> next = 0;
};

void AskInTime(const Load& load, const std::string& get_path, Timetable& times, MonoTime end,
               std::atomic<uint64_t>& number, Tally& tally) {
  const gregale::base::SystemClock clock;
  Asker asker(load.host, load.port, number);
  Record record;
  while (true) {
    const int64_t turn = times.next++;
    const MonoTime due = times.interval == absl::ZeroDuration()
                             ? clock.Mono()
                             : times.begin + static_cast<double>(turn) * times.interval;
    if (due >= end) break;
    const absl::Duration early = due - clock.Mono();
    if (early > absl::ZeroDuration()) Await(early);
    const bool done = turn % 4 == 3 ? asker.Post(load.path, load.body) : asker.Get(get_path);
    record.milliseconds.push_back(absl::ToDoubleMilliseconds(clock.Mono() - due));
    record.failed += done ? 0 : 1;
  }
  record.AddTo(tally);
}

void Print(Tally& tally, double seconds) {
  std::vector<double>& all = tally.milliseconds;
  std::sort(all.begin(), all.end());
  const auto part = [&](size_t percent) {
    return all.empty() ? 0 : all[all.size() * percent / 100];
  };
  std::printf("{\"per_second\": %.1f, \"p50_ms\": %.3f, \"p99_ms\": %.3f, \"failed\": %d}\n",
              static_cast<double>(all.size()) / seconds, part(50), part(99), tally.failed);
}

void Run(int threads, double seconds, const std::function<void(MonoTime, Tally&)>& work) {
  const gregale::base::SystemClock clock;
  const MonoTime end = clock.Mono() + absl::Seconds(seconds);
  Tally tally;
  std::vector<std::thread> pool;
  for (int i = 0; i < threads; ++i) pool.emplace_back([&] { work(end, tally); });
  for (std::thread& thread : pool) thread.join();
  Print(tally, seconds);
}

void RunLoad(const Load& load) {
  const gregale::base::SystemClock clock;
  std::atomic<uint64_t> number = 0;
  Run(load.threads, load.seconds,
      [&](MonoTime end, Tally& tally) { Ask(load, clock, number, end, tally); });
}

void RunMix(const Load& load, double rate, const std::string& get_path) {
  const gregale::base::SystemClock clock;
  std::atomic<uint64_t> number = 0;
  Timetable times{.begin = clock.Mono(),
                  .interval = rate > 0 ? absl::Seconds(1 / rate) : absl::ZeroDuration()};
  Run(load.threads, load.seconds,
      [&](MonoTime end, Tally& tally) { AskInTime(load, get_path, times, end, number, tally); });
}

void RunBare(int threads, double seconds, const std::string& body) {
  httplib::Server server;
  server.new_task_queue = [threads] {
    return new httplib::ThreadPool(static_cast<size_t>(threads) + 2);
  };
  server.set_tcp_nodelay(true);
  server.set_keep_alive_max_count(1'000'000'000);
  server.Get("/x", [&](const httplib::Request&, httplib::Response& answer) {
    answer.set_content(body, "application/json");
  });
  const int port = server.bind_to_any_port("127.0.0.1");
  std::thread serving([&] { server.listen_after_bind(); });
  RunLoad({"127.0.0.1", port, threads, seconds, "GET", "/x", ""});
  server.stop();
  serving.join();
}

void Must(sqlite3* database, const char* sql) {
  if (sqlite3_exec(database, sql, nullptr, nullptr, nullptr) == SQLITE_OK) return;
  std::cerr << sql << ": " << sqlite3_errmsg(database) << "\n";
  std::exit(1);
}

void RunCommits(const std::string& path, int threads, double seconds, size_t bytes) {
  const gregale::base::SystemClock clock;
  sqlite3* first = nullptr;
  sqlite3_open(path.c_str(), &first);
  Must(first, "PRAGMA journal_mode = WAL");
  Must(first, "CREATE TABLE IF NOT EXISTS row (id INTEGER PRIMARY KEY, text TEXT)");
  sqlite3_close(first);
  const std::string insert = "INSERT INTO row (text) VALUES ('" + std::string(bytes, 'x') + "')";
  std::mutex writer;  // SQLite's own queue is none
  Run(threads, seconds, [&](MonoTime end, Tally& tally) {
    sqlite3* database = nullptr;
    sqlite3_open(path.c_str(), &database);
    sqlite3_busy_timeout(database, 5000);
    Must(database, "PRAGMA synchronous = FULL");
    Record record;
    while (clock.Mono() < end) {
      const MonoTime begin = clock.Mono();
      {
        const std::lock_guard<std::mutex> lock(writer);
        Must(database, "BEGIN IMMEDIATE");
        Must(database, insert.c_str());
        Must(database, "COMMIT");
      }
      record.milliseconds.push_back(absl::ToDoubleMilliseconds(clock.Mono() - begin));
    }
    sqlite3_close(database);
    record.AddTo(tally);
  });
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() == 4 && words[0] == "bare") {
    RunBare(std::stoi(words[1]), std::stod(words[2]), words[3]);
  } else if (words.size() == 5 && words[0] == "commit") {
    RunCommits(words[1], std::stoi(words[2]), std::stod(words[3]), std::stoul(words[4]));
  } else if (words.size() == 9 && words[0] == "mix") {
    const Load load = {
        words[1], std::stoi(words[2]), std::stoi(words[3]), std::stod(words[4]), "POST", words[7],
        words[8]};
    RunMix(load, std::stod(words[5]), words[6]);
  } else if (words.size() >= 6) {
    RunLoad({words[0], std::stoi(words[1]), std::stoi(words[2]), std::stod(words[3]), words[4],
             words[5], words.size() > 6 ? words[6] : ""});
  } else {
    std::cerr << "usage: see api_bench.cc\n";
    return 2;
  }
  return 0;
}
