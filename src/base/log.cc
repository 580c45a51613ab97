#include "base/log.h"

#include <algorithm>
#include <atomic>

#include "spdlog/logger.h"
#include "spdlog/pattern_formatter.h"
#include "spdlog/sinks/stdout_sinks.h"

namespace gregale::base {
namespace {

spdlog::logger* NewLogger(std::string_view process, spdlog::level::level_enum level) {
  auto* logger =
      new spdlog::logger(std::string(process), std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_formatter(std::make_unique<spdlog::pattern_formatter>(
      "%Y-%m-%dT%H:%M:%S.%eZ %-7l %n %v", spdlog::pattern_time_type::utc));
  logger->set_level(level);
  return logger;
}

// Never freed: threads that outlive main (gRPC's) may still log.
std::atomic<spdlog::logger*>& Logger() {
  static std::atomic<spdlog::logger*> logger(NewLogger("gregale", spdlog::level::info));
  return logger;
}

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

// Appends `text` so that it stays on one line, whoever wrote it.
void AppendEscaped(std::string& line, std::string_view text) {
  constexpr std::string_view kHexDigits = "0123456789abcdef";
  for (char c : text) {
    if (c == '\n') {
      line += "\\n";
    } else if (IsControl(c)) {
      line += "\\x";
      line += kHexDigits[static_cast<unsigned char>(c) >> 4];
      line += kHexDigits[static_cast<unsigned char>(c) & 0xf];
    } else {
      line += c;
    }
  }
}

void AppendValue(std::string& line, std::string_view value) {
  const bool quoted = value.empty() || std::any_of(value.begin(), value.end(), [](char c) {
                        return IsControl(c) || c == ' ' || c == '"' || c == '=';
                      });
  if (!quoted) {
    line += value;
    return;
  }
  line += '"';
  for (char c : value) {
    if (c == '"' || c == '\\') line += '\\';
    AppendEscaped(line, std::string_view(&c, 1));
  }
  line += '"';
}

}  // namespace

void InitLog(std::string_view process, LogLevel level) {
  Logger().store(NewLogger(process, ToSpdlog(level)));
}

void Log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
  spdlog::logger& logger = *Logger().load();
  if (!logger.should_log(ToSpdlog(level))) return;
  std::string line;
  AppendEscaped(line, message);
  for (const auto& [key, value] : fields) {
    line += ' ';
    line += key;
    line += '=';
    AppendValue(line, value);
  }
  logger.log(ToSpdlog(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace gregale::base
