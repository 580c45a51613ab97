#include "conductor/vnf_event.h"

#include "absl/strings/str_format.h"

namespace gregale::conductor {

std::string InSeconds(absl::Duration duration) {
  const double seconds = absl::ToDoubleSeconds(duration);
  if (seconds <= 0) return "0 s";
  if (seconds < 1) return absl::StrFormat("%.2f s", seconds);
  if (seconds < 60) return absl::StrFormat("%.1f s", seconds);
  return absl::StrFormat("%.0f s", seconds);
}

std::string OneLine(std::string_view text, size_t bytes_max) {
  std::string line(text.substr(0, bytes_max));
  // Never end in the middle of a UTF-8 character.
  if (text.size() > bytes_max) {
    while (!line.empty() && (static_cast<unsigned char>(line.back()) & 0xC0) == 0x80) {
      line.pop_back();
    }
    if (!line.empty() && static_cast<unsigned char>(line.back()) >= 0xC0) line.pop_back();
  }
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  return line;
}

}  // namespace gregale::conductor
