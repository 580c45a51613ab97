#include "cli/password_input.h"

#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <ostream>

#include "base/error.h"
#include "base/limits.h"

namespace gregale::cli {
namespace {

constexpr char kInterrupt = '\x03';

// Shows nothing of what is typed while it lives; Ctrl-C is a character, so that it always ends.
class QuietTerminal {
 public:
  QuietTerminal() {
    tcgetattr(STDIN_FILENO, &before_);
    termios quiet = before_;
    quiet.c_lflag &= static_cast<tcflag_t>(~(ECHO | ISIG));
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
  }
  ~QuietTerminal() { tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_); }
  QuietTerminal(const QuietTerminal&) = delete;
  QuietTerminal& operator=(const QuietTerminal&) = delete;

 private:
  termios before_;
};

absl::StatusOr<std::string> ReadLine() {
  std::string line;
  while (line.size() <= base::kPasswordBytesMax) {
    char c = 0;
    const ssize_t got = read(STDIN_FILENO, &c, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return absl::ErrnoToStatus(errno, "cannot read the password");
    if (c == kInterrupt) return absl::CancelledError("given up");
    if (got == 0 || c == '\n') break;
    line.push_back(c);
  }
  if (line.empty()) return absl::InvalidArgumentError("no password was given");
  return line;
}

absl::StatusOr<std::string> Prompt(const char* text, std::ostream& err) {
  err << text << std::flush;
  absl::StatusOr<std::string> line = ReadLine();
  err << std::endl;
  return line;
}

}  // namespace

absl::StatusOr<std::string> AskPassword(std::ostream& err) {
  if (isatty(STDIN_FILENO) == 0) return ReadLine();
  const QuietTerminal quiet;
  GREGALE_ASSIGN_OR_RETURN(const std::string password, Prompt("Password: ", err));
  GREGALE_ASSIGN_OR_RETURN(const std::string again, Prompt("Once more: ", err));
  if (password != again) return absl::InvalidArgumentError("the two passwords differ");
  return password;
}

}  // namespace gregale::cli
