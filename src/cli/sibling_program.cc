#include "cli/sibling_program.h"

#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "base/text.h"

namespace gregale::cli {

absl::Status BecomeSibling(std::string_view name, std::vector<std::string> arguments) {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return absl::InternalError(base::Cat("/proc/self/exe: ", error.message()));
  std::string program = (self.parent_path() / name).string();
  std::vector<char*> argv = {program.data()};
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  execv(program.c_str(), argv.data());
  return absl::ErrnoToStatus(errno, program);
}

}  // namespace gregale::cli
