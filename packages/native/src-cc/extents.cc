// Where a file's bytes are and which of them are cached: FIEMAP, GETFSMAP, lseek, cachestat.
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/fsmap.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "topics.h"

namespace mapscope {
namespace {

/** fiemap(fds, room, slot, answers): one call a descriptor, into its `slot` bytes of the room, whose head is the caller's. */
Napi::Value askFiemap(const Napi::CallbackInfo& info) {
  const Bytes fds = bytesAt(info, 0), room = bytesAt(info, 1), answers = bytesAt(info, 3);
  const size_t slot = info[2].ToNumber().Uint32Value(), n = fds.length / sizeof(int32_t);
  const bool fits = slot >= sizeof(struct fiemap) && slot % alignof(struct fiemap) == 0 && slot * n <= room.length && answers.length >= fds.length;
  return later(info.Env(), {info[0], info[1], info[3]}, [=]() -> int64_t {
    if (!fits) return -EINVAL;
    for (size_t i = 0; i < n; i++) {
      const Bytes part{room.start + i * slot, slot};
      auto* head = part.as<struct fiemap>();
      head->fm_extent_count = part.roomFor<struct fiemap, struct fiemap_extent>();
      const int fd = reinterpret_cast<const int32_t*>(fds.start)[i];
      const int64_t result = uninterrupted([=] { return ::ioctl(fd, FS_IOC_FIEMAP, head); });
      reinterpret_cast<int32_t*>(answers.start)[i] = static_cast<int32_t>(result < 0 ? result : head->fm_mapped_extents);
    }
    return 0;
  });
}

/** fsmap(fd, room): the head's keys are the caller's; fills as many records as the room holds; answers their number. */
Napi::Value askFsmap(const Napi::CallbackInfo& info) {
  const int fd = intAt(info, 0);
  const Bytes room = bytesAt(info, 1);
  return later(info.Env(), {info[1]}, [=]() -> int64_t {
    auto* head = room.as<struct fsmap_head>();
    if (head == nullptr) return -EINVAL;
    head->fmh_count = room.roomFor<struct fsmap_head, struct fsmap>();
    const int64_t result = uninterrupted([=] { return ::ioctl(fd, FS_IOC_GETFSMAP, head); });
    return result < 0 ? result : head->fmh_entries;
  });
}

/** seek(fd, offset, whence, into): lseek(2), whose answer is an s64. */
Napi::Value askSeek(const Napi::CallbackInfo& info) {
  const Bytes into = bytesAt(info, 3);
  auto* found = into.as<int64_t>();
  if (found == nullptr) return number(info.Env(), -EINVAL);
  const int64_t result = kernelAnswer(::lseek(intAt(info, 0), static_cast<off_t>(u64At(info, 1)), intAt(info, 2)));
  *found = result;
  return number(info.Env(), result < 0 ? result : 0);
}

/** generation(fd): i_generation of an inode. It is written as an int, though the call's number says long. */
Napi::Value askGeneration(const Napi::CallbackInfo& info) {
  const int fd = intAt(info, 0);
  unsigned long version = 0;
  const int64_t result = uninterrupted([&] { return ::ioctl(fd, FS_IOC_GETVERSION, &version); });
  return number(info.Env(), result < 0 ? result : static_cast<int64_t>(version & 0xffffffff));
}

/** cachestat(2), Linux 6.5: the same number on every architecture; C libraries of today's distributions do not know it. */
constexpr long cachestatCall = 451;
struct CacheRange {
  uint64_t offset, length;
};

/** cachestat(fd, offset, length, into): five u64 counts of pages. */
Napi::Value askCache(const Napi::CallbackInfo& info) {
  const int fd = intAt(info, 0);
  CacheRange range{u64At(info, 1), u64At(info, 2)};
  const Bytes into = bytesAt(info, 3);
  if (into.length < 5 * sizeof(uint64_t)) return number(info.Env(), -EINVAL);
  return number(info.Env(), kernelAnswer(::syscall(cachestatCall, fd, &range, into.start, 0)));
}

}  // namespace

void addExtents(Napi::Env env, Napi::Object exports) {
  add<askFiemap>(env, exports, "fiemap");
  add<askFsmap>(env, exports, "fsmap");
  add<askSeek>(env, exports, "seek");
  add<askGeneration>(env, exports, "generation");
  add<askCache>(env, exports, "cachestat");
}

}  // namespace mapscope
