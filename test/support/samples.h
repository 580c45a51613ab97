#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <sstream>
#include <string>

namespace gregale {

// Calls `see` with the path and text of each template in use that lies beside the source tree (or
// where GREGALE_SHARED says), and returns how many there are. Says so where there are none.
inline int ForEachSample(
    const std::function<void(const std::filesystem::path& path, const std::string& text)>& see) {
  namespace fs = std::filesystem;
  const char* shared = std::getenv("GREGALE_SHARED");
  const char* source = std::getenv("GREGALE_SOURCE_DIR");
  const fs::path dir = shared != nullptr
                           ? fs::path(shared) / "samples/vnfd"
                           : fs::path(source == nullptr ? "." : source) / "../shared/samples/vnfd";
  if (!fs::is_directory(dir)) {
    std::cout << "LEFT OUT: there are no sample templates at " << dir << " (GREGALE_SHARED)\n";
    return 0;
  }
  int seen = 0;
  for (const auto& entry : fs::recursive_directory_iterator(dir)) {
    if (entry.path().extension() != ".yaml") continue;
    std::ifstream in(entry.path(), std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    see(entry.path(), text.str());
    ++seen;
  }
  return seen;
}

}  // namespace gregale
