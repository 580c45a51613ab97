#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "base/labels.h"
#include "base/log.h"
#include "base/ordered_uuid.h"
#include "base/random.h"
#include "base/shutdown.h"
#include "base/text.h"
#include "base/utf8.h"
#include "support/seeded_random.h"

namespace gregale::base {
namespace {

TEST_CASE("An error carries its kind and field") {
  const absl::Status error =
      MakeError(absl::StatusCode::kNotFound, "VNFNotFound", "no VNF 'x'", "vnf.id");
  REQUIRE(error.code() == absl::StatusCode::kNotFound);
  REQUIRE(error.message() == "no VNF 'x'");
  REQUIRE(ErrorKind(error) == "VNFNotFound");
  REQUIRE(ErrorField(error) == "vnf.id");
  REQUIRE(ErrorKind(absl::InternalError("x")).empty());
  REQUIRE(ErrorKind(InvalidInput("name", "too long")) == "InvalidInput");
}

absl::StatusOr<int> Half(int number) {
  if (number % 2 != 0) return absl::InvalidArgumentError("odd");
  return number / 2;
}
absl::StatusOr<int> Quarter(int number) {
  GREGALE_ASSIGN_OR_RETURN(const int half, Half(number));
  GREGALE_ASSIGN_OR_RETURN(const int quarter, Half(half));
  return quarter;
}

TEST_CASE("The macros return the first error") {
  REQUIRE(Quarter(12).value() == 3);
  REQUIRE(Quarter(6).status().message() == "odd");
}

TEST_CASE("UUIDs are of version 4, different, and recognised") {
  SeededRandom seeded(1);
  SystemRandom system;
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    for (Random* random : std::initializer_list<Random*>{&seeded, &system}) {
      const std::string uuid = NewUuid(*random);
      REQUIRE(IsUuid(uuid));
      REQUIRE(uuid[14] == '4');
      REQUIRE(Contains("89ab", uuid[19]));
      REQUIRE(seen.insert(uuid).second);
    }
  }
  REQUIRE(IsUuid("0FD1BDA5-7e5b-4b39-9a77-0c3ddd1a8f5e"));
  REQUIRE_FALSE(IsUuid("0fd1bda5-7e5b-4b39-9a77-0c3ddd1a8f5"));
  REQUIRE_FALSE(IsUuid("0fd1bda5-7e5b-4b39-9a77_0c3ddd1a8f5e"));
  REQUIRE_FALSE(IsUuid("gfd1bda5-7e5b-4b39-9a77-0c3ddd1a8f5e"));
}

TEST_CASE("Ordered UUIDs are of version 7, different, and in the order of time") {
  SeededRandom random(1);
  std::string before;
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const absl::Time now = absl::FromUnixMillis(1'700'000'000'000 + i / 2 * 1'000'003);
    const std::string uuid = NewOrderedUuid(random, now);
    REQUIRE(IsUuid(uuid));
    REQUIRE(uuid[14] == '7');
    REQUIRE(Contains("89ab", uuid[19]));
    REQUIRE(seen.insert(uuid).second);
    REQUIRE(uuid.substr(0, 13) >= before);
    before = uuid.substr(0, 13);
  }
  // The example of RFC 9562.
  REQUIRE(
      NewOrderedUuid(random, absl::FromUnixMillis(0x017F22E279B0)).starts_with("017f22e2-79b0-7"));
}

TEST_CASE("Labels are few, short and plain") {
  Labels labels;
  REQUIRE(AddLabel("site=paris", labels));
  REQUIRE(AddLabel("rack=4", labels));
  REQUIRE_FALSE(AddLabel("site", labels));
  REQUIRE(LabelsText(labels) == "rack=4,site=paris");
  REQUIRE(CheckLabels(labels, "l").ok());
  REQUIRE(HasLabels(labels, {}));
  REQUIRE(HasLabels(labels, {{"site", "paris"}}));
  REQUIRE_FALSE(HasLabels(labels, {{"site", "rome"}}));
  REQUIRE_FALSE(HasLabels({}, labels));
  REQUIRE(ReadLabels(Json{{"rack", "4"}, {"site", "paris"}}, "l").value() == labels);
  REQUIRE(ReadLabels(Json(), "l").value().empty());
  REQUIRE(ErrorField(ReadLabels(Json{{"a", 1}}, "l").status()) == "l.a");
  REQUIRE(ErrorField(ReadLabels(Json{{"a b", "c"}}, "l").status()) == "l");
  REQUIRE(ErrorField(ReadLabels(Json{{"a", std::string(64, 'x')}}, "l").status()) == "l.a");
  REQUIRE(ErrorField(ReadLabels(Json("x"), "l").status()) == "l");
}

TEST_CASE("UTF-8 is judged strictly") {
  REQUIRE(IsUtf8("a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"));
  for (std::string_view bad : {"\x80", "\xc0\x80", "\xc3", "\xe0\x80\x80", "\xed\xa0\x80",
                               "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "a\xff"}) {
    REQUIRE_FALSE(IsUtf8(bad));
  }
}

TEST_CASE("Text parts") {
  REQUIRE(Cat("a", std::string_view("b"), std::string("c"), 1, 'd' - 'a') == "abc13");
  REQUIRE(Split("a,,b", ',') == std::vector<std::string_view>{"a", "", "b"});
  REQUIRE(Split("", ',') == std::vector<std::string_view>{""});
  std::string_view text = "v1:rest";
  REQUIRE(TakePrefix(text, "v1:"));
  REQUIRE_FALSE(TakePrefix(text, "v1:"));
  REQUIRE(TakeSuffix(text, "st"));
  REQUIRE(text == "re");
}

TEST_CASE("Files are read within a bound") {
  REQUIRE(ReadFile("/proc/self/comm", 100).ok());
  REQUIRE(ReadFile("/nonexistent/file", 100).status().code() == absl::StatusCode::kNotFound);
  REQUIRE(ReadFile("/dev/zero", 1000).status().code() == absl::StatusCode::kResourceExhausted);
  REQUIRE_FALSE(ReadFile("/tmp", 1000).ok());
}

// What is written to standard error while this object lives.
class CapturedStderr {
 public:
  CapturedStderr() : saved_(dup(2)), file_(tmpfile()) { dup2(fileno(file_), 2); }
  ~CapturedStderr() { Restore(); }
  std::string Text() {
    Restore();
    rewind(file_);
    std::string text(4096, '\0');
    text.resize(fread(text.data(), 1, text.size(), file_));
    fclose(file_);
    return text;
  }

 private:
  void Restore() {
    if (saved_ < 0) return;
    dup2(saved_, 2);
    close(saved_);
    saved_ = -1;
  }
  int saved_;
  FILE* file_;
};

TEST_CASE("A log line is one line, whatever is logged, before and after InitLog") {
  CapturedStderr captured;
  LogInfo("early");
  InitLog("gregale-test", LogLevel::kWarning);
  LogInfo("dropped");
  LogWarning("two\nlines", {{"vnf", "v1"}, {"name", "a \"b\"\n\x1b"}, {"empty", ""}});
  const std::string text = captured.Text();
  REQUIRE(Contains(text, "early\n"));
  REQUIRE_FALSE(Contains(text, "dropped"));
  REQUIRE(
      Contains(text, "gregale-test two\\nlines vnf=v1 name=\"a \\\"b\\\"\\n\\x1b\" empty=\"\"\n"));
}

TEST_CASE("A shutdown signal is waited for") {
  sigset_t before;
  sigprocmask(SIG_SETMASK, nullptr, &before);
  {
    ShutdownSignal shutdown;
    raise(SIGTERM);
    REQUIRE(shutdown.Wait() == SIGTERM);
  }
  ShutdownSignal::UnblockSignals();
  sigset_t after;
  sigprocmask(SIG_SETMASK, nullptr, &after);
  REQUIRE(sigismember(&after, SIGTERM) == sigismember(&before, SIGTERM));
}

}  // namespace
}  // namespace gregale::base
