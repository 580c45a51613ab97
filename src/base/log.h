#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

// One line per fact on standard error: time, level, process, message, then key=value pairs (quoted
// where needed). Thread-safe. Secrets are never given to it. Nothing logs per probe.
namespace gregale::base {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

using LogField = std::pair<std::string_view, std::string>;

// Once, in main.cc. `process` names the process in every line. Lines below `level` are dropped.
void InitLog(std::string_view process, LogLevel level);

void Log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields = {});
inline void LogDebug(std::string_view m, std::initializer_list<LogField> f = {}) {
  Log(LogLevel::kDebug, m, f);
}
inline void LogInfo(std::string_view m, std::initializer_list<LogField> f = {}) {
  Log(LogLevel::kInfo, m, f);
}
inline void LogWarning(std::string_view m, std::initializer_list<LogField> f = {}) {
  Log(LogLevel::kWarning, m, f);
}
inline void LogError(std::string_view m, std::initializer_list<LogField> f = {}) {
  Log(LogLevel::kError, m, f);
}

}  // namespace gregale::base
