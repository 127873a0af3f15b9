// Descriptors: made, changed, locked, their file's space and durability, the names in a folder.
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "topics.h"

namespace mapscope {
namespace {

/** pipe(bytes): both ends close-on-exec; bytes 0 keeps the kernel's size. */
Napi::Value makePipe(const Napi::CallbackInfo& info) {
  int ends[2];
  int64_t result = kernelAnswer(::pipe2(ends, O_CLOEXEC));
  const int bytes = intAt(info, 0);
  if (result >= 0 && bytes > 0) {
    result = kernelAnswer(::fcntl(ends[1], F_SETPIPE_SZ, bytes));
    if (result < 0) ::close(ends[0]), ::close(ends[1]);
  }
  return pairOr(info.Env(), result, ends);
}

/** eventfd(): non-blocking, close-on-exec. */
Napi::Value makeEventfd(const Napi::CallbackInfo& info) { return number(info.Env(), kernelAnswer(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC))); }

int64_t changeFlag(int fd, int get, int set, int flag, bool on) {
  const int flags = ::fcntl(fd, get);
  if (flags < 0) return -errno;
  return kernelAnswer(::fcntl(fd, set, on ? flags | flag : flags & ~flag));
}

/** setNonblock(fd, on) */
Napi::Value setNonblock(const Napi::CallbackInfo& info) {
  return number(info.Env(), changeFlag(intAt(info, 0), F_GETFL, F_SETFL, O_NONBLOCK, info[1].ToBoolean()));
}

/** setCloexec(fd, on) */
Napi::Value setCloexec(const Napi::CallbackInfo& info) {
  return number(info.Env(), changeFlag(intAt(info, 0), F_GETFD, F_SETFD, FD_CLOEXEC, info[1].ToBoolean()));
}

/** flock(fd, operation) */
Napi::Value lock(const Napi::CallbackInfo& info) {
  const int fd = intAt(info, 0), operation = intAt(info, 1);
  return number(info.Env(), uninterrupted([&] { return ::flock(fd, operation); }));
}

/** fdatasync(fd) */
Napi::Value syncData(const Napi::CallbackInfo& info) {
  const int fd = intAt(info, 0);
  return number(info.Env(), uninterrupted([&] { return ::fdatasync(fd); }));
}

/** fallocate(fd, mode, offset, length) */
Napi::Value allocate(const Napi::CallbackInfo& info) {
  const int fd = intAt(info, 0), mode = intAt(info, 1);
  const auto offset = static_cast<off_t>(u64At(info, 2)), length = static_cast<off_t>(u64At(info, 3));
  return number(info.Env(), uninterrupted([&] { return ::fallocate(fd, mode, offset, length); }));
}

/** readFolder(fd, room): getdents64; answers the bytes filled, 0 at the end. */
Napi::Value readFolder(const Napi::CallbackInfo& info) {
  const int fd = intAt(info, 0);
  const Bytes room = bytesAt(info, 1);
  return later(info.Env(), {info[1]}, [=] { return uninterrupted([=] { return ::syscall(SYS_getdents64, fd, room.start, room.length); }); });
}

}  // namespace

void addDescriptors(Napi::Env env, Napi::Object exports) {
  add<makePipe>(env, exports, "pipe");
  add<makeEventfd>(env, exports, "eventfd");
  add<setNonblock>(env, exports, "setNonblock");
  add<setCloexec>(env, exports, "setCloexec");
  add<lock>(env, exports, "flock");
  add<syncData>(env, exports, "fdatasync");
  add<allocate>(env, exports, "fallocate");
  add<readFolder>(env, exports, "readFolder");
}

}  // namespace mapscope
