#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "httplib.h"

// Asks an HTTP server the same thing again and again, on connections that stay, and prints
// {"per_second", "p99_ms", "failed"}:
//   api_bench HOST PORT THREADS SECONDS GET PATH
//   api_bench HOST PORT THREADS SECONDS POST PATH BODY     "%n" in BODY is a number of its own
// or measures the least that there is to it:
//   api_bench bare THREADS SECONDS BODY      the same load on a cpp-httplib server that answers
//   BODY api_bench commit FILE THREADS SECONDS    transactions of one insert, synchronous as
//   Gregale's
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

std::string Numbered(const std::string& body, uint64_t number) {
  std::string text = body;
  for (size_t at = text.find("%n"); at != text.npos; at = text.find("%n")) {
    text.replace(at, 2, std::to_string(number));
  }
  return text;
}

void Ask(const Load& load, const gregale::base::Clock& clock, std::atomic<uint64_t>& number,
         MonoTime end, Tally& tally) {
  httplib::Client client(load.host, load.port);
  client.set_keep_alive(true);
  client.set_tcp_nodelay(true);
  std::vector<double> took;
  int failed = 0;
  while (clock.Mono() < end) {
    const MonoTime begin = clock.Mono();
    const auto answer =
        load.method == "GET"
            ? client.Get(load.path.c_str())
            : client.Post(load.path.c_str(), Numbered(load.body, ++number), "application/json");
    took.push_back(absl::ToDoubleMilliseconds(clock.Mono() - begin));
    if (!answer || answer->status >= 300) ++failed;
  }
  const std::lock_guard<std::mutex> lock(tally.mutex);
  tally.milliseconds.insert(tally.milliseconds.end(), took.begin(), took.end());
  tally.failed += failed;
}

void Print(Tally& tally, double seconds) {
  std::vector<double>& all = tally.milliseconds;
  std::sort(all.begin(), all.end());
  const double p99 = all.empty() ? 0 : all[all.size() * 99 / 100];
  std::printf("{\"per_second\": %.1f, \"p99_ms\": %.3f, \"failed\": %d}\n",
              static_cast<double>(all.size()) / seconds, p99, tally.failed);
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

void RunCommits(const std::string& path, int threads, double seconds) {
  const gregale::base::SystemClock clock;
  sqlite3* first = nullptr;
  sqlite3_open(path.c_str(), &first);
  Must(first, "PRAGMA journal_mode = WAL");
  Must(first, "CREATE TABLE IF NOT EXISTS row (id INTEGER PRIMARY KEY, text TEXT)");
  sqlite3_close(first);
  std::mutex writer;  // SQLite's own queue is none
  Run(threads, seconds, [&](MonoTime end, Tally& tally) {
    sqlite3* database = nullptr;
    sqlite3_open(path.c_str(), &database);
    sqlite3_busy_timeout(database, 5000);
    Must(database, "PRAGMA synchronous = FULL");
    std::vector<double> took;
    while (clock.Mono() < end) {
      const MonoTime begin = clock.Mono();
      {
        const std::lock_guard<std::mutex> lock(writer);
        Must(database, "BEGIN IMMEDIATE");
        Must(database, "INSERT INTO row (text) VALUES ('a row as short as it may be')");
        Must(database, "COMMIT");
      }
      took.push_back(absl::ToDoubleMilliseconds(clock.Mono() - begin));
    }
    sqlite3_close(database);
    const std::lock_guard<std::mutex> lock(tally.mutex);
    tally.milliseconds.insert(tally.milliseconds.end(), took.begin(), took.end());
  });
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() == 4 && words[0] == "bare") {
    RunBare(std::stoi(words[1]), std::stod(words[2]), words[3]);
  } else if (words.size() == 4 && words[0] == "commit") {
    RunCommits(words[1], std::stoi(words[2]), std::stod(words[3]));
  } else if (words.size() >= 6) {
    RunLoad({words[0], std::stoi(words[1]), std::stoi(words[2]), std::stod(words[3]), words[4],
             words[5], words.size() > 6 ? words[6] : ""});
  } else {
    std::cerr << "usage: see api_bench.cc\n";
    return 2;
  }
  return 0;
}
