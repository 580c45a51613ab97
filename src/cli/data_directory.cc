#include "cli/data_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/text.h"

namespace gregale::cli {
namespace {

namespace fs = std::filesystem;
using base::Json;

constexpr size_t kStateBytesMax = 64u << 10;

std::string StatePath(const std::string& directory) { return directory + "/gregale.json"; }

std::string Text(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

pid_t Pid(const Json& object) {
  const auto found = object.find("pid");
  return found != object.end() && found->is_number_integer() ? found->get<pid_t>() : 0;
}

std::string LockPath(const std::string& directory) { return directory + "/lock"; }

// A lock of the whole file that belongs to the open file and not to the process, and that can be
// asked for without taking it.
struct flock WholeFile(short type) {
  struct flock lock = {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  return lock;
}

bool IsTaken(const std::string& directory) {
  const base::UniqueFd file(open(LockPath(directory).c_str(), O_RDONLY | O_CLOEXEC));
  struct flock lock = WholeFile(F_RDLCK);
  return file.valid() && fcntl(file.get(), F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

absl::Status MakeDirectories(const std::string& directory) {
  for (const char* folder : {"", "/log", "/vim"}) {
    std::error_code error;
    fs::create_directories(directory + folder, error);
    if (error) {
      return absl::FailedPreconditionError(
          base::Cat("cannot make ", directory, folder, ": ", error.message()));
    }
  }
  return absl::OkStatus();
}

}  // namespace

std::string DataDirectory(const std::string& dir_option) {
  std::string directory = dir_option;
  const char* from_environment = std::getenv("GREGALE_DIR");
  if (directory.empty() && from_environment != nullptr) directory = from_environment;
  if (directory.empty()) directory = geteuid() == 0 ? "/var/lib/gregale" : "gregale";
  std::error_code error;
  const fs::path absolute = fs::absolute(directory, error);
  std::string path = error ? directory : absolute.lexically_normal().string();
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

absl::Status WriteState(const std::string& directory, const UpState& state) {
  Json json = {{"pid", state.pid}, {"version", state.version}};
  json["processes"] = Json::array();
  for (const UpState::Process& process : state.processes) {
    json["processes"].push_back(
        {{"name", process.name}, {"address", process.address}, {"pid", process.pid}});
    if (!process.rest.empty()) json["processes"].back()["rest"] = process.rest;
  }
  const std::string path = StatePath(directory);
  const std::string fresh = path + ".new";
  std::ofstream out(fresh, std::ios::trunc);
  out << json.dump(2) << "\n";
  out.close();
  if (!out.good() || rename(fresh.c_str(), path.c_str()) != 0) {
    return absl::FailedPreconditionError(base::Cat("cannot write ", path));
  }
  return absl::OkStatus();
}

absl::StatusOr<UpState> ReadState(const std::string& directory) {
  const auto text = base::ReadFile(StatePath(directory), kStateBytesMax);
  if (!text.ok()) {
    return absl::NotFoundError(base::Cat("gregale up does not run on ", directory));
  }
  GREGALE_ASSIGN_OR_RETURN(const Json json, base::ParseJson(*text));
  UpState state;
  state.pid = Pid(json);
  state.version = Text(json, "version");
  const auto processes = json.find("processes");
  if (processes == json.end() || !processes->is_array()) return state;
  for (const Json& process : *processes) {
    if (!process.is_object()) continue;
    state.processes.push_back({.name = Text(process, "name"),
                               .address = Text(process, "address"),
                               .rest = Text(process, "rest"),
                               .pid = Pid(process)});
  }
  return state;
}

absl::StatusOr<UpState> ReadRunningState(const std::string& directory) {
  if (!IsTaken(directory)) {
    return absl::NotFoundError(base::Cat("gregale up does not run on ", directory));
  }
  return ReadState(directory);
}

void RemoveState(const std::string& directory) { unlink(StatePath(directory).c_str()); }

absl::StatusOr<base::UniqueFd> TakeDirectory(const std::string& directory) {
  GREGALE_RETURN_IF_ERROR(MakeDirectories(directory));
  const std::string path = LockPath(directory);
  base::UniqueFd file(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!file.valid()) return absl::ErrnoToStatus(errno, base::Cat("cannot open ", path));
  struct flock lock = WholeFile(F_WRLCK);
  if (fcntl(file.get(), F_OFD_SETLK, &lock) != 0) {
    const auto state = ReadState(directory);
    return absl::FailedPreconditionError(
        base::Cat("another gregale up", state.ok() ? base::Cat(" (pid ", state->pid, ")") : "",
                  " runs on ", directory));
  }
  return file;
}

}  // namespace gregale::cli
