#include "store/sqlite/waiting_mark.h"

#include <fcntl.h>

namespace gregale::store {

namespace {

// Open file description locks, and not the process's: two connections of one process are two users.
struct flock FirstByte(short type) {
  struct flock lock = {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_len = 1;
  return lock;
}

}  // namespace

WaitingMark::WaitingMark(const std::string& path)
    : file_(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {}

void WaitingMark::Set() {
  if (set_) return;
  struct flock lock = FirstByte(F_RDLCK);
  set_ = fcntl(file_.get(), F_OFD_SETLK, &lock) == 0;
}

void WaitingMark::Clear() {
  if (!set_) return;
  struct flock lock = FirstByte(F_UNLCK);
  fcntl(file_.get(), F_OFD_SETLK, &lock);
  set_ = false;
}

bool WaitingMark::OthersSet() const {
  struct flock lock = FirstByte(F_WRLCK);
  return fcntl(file_.get(), F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

}  // namespace gregale::store
