// Where a file's bytes are and which of them are cached: FIEMAP, GETFSMAP, cachestat.
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/fsmap.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstring>

#include "topics.h"

namespace mapscope {
namespace {

/** fiemap(fd, room, start, length, flags): fills the head and as many extents as the room holds; answers their number. */
Napi::Value askFiemap(const Napi::CallbackInfo& info) {
  const int fd = intAt(info, 0);
  const Bytes room = bytesAt(info, 1);
  if (room.length < sizeof(struct fiemap)) return number(info.Env(), -EINVAL);
  auto* head = reinterpret_cast<struct fiemap*>(room.start);
  std::memset(head, 0, sizeof *head);
  head->fm_start = u64At(info, 2);
  head->fm_length = u64At(info, 3);
  head->fm_flags = info[4].ToNumber().Uint32Value();
  head->fm_extent_count = static_cast<uint32_t>((room.length - sizeof *head) / sizeof(struct fiemap_extent));
  const int64_t result = uninterrupted([&] { return ::ioctl(fd, FS_IOC_FIEMAP, head); });
  return number(info.Env(), result < 0 ? result : head->fm_mapped_extents);
}

/** fsmap(fd, room): the head's keys are the caller's; fills as many records as the room holds; answers their number. */
Napi::Value askFsmap(const Napi::CallbackInfo& info) {
  const int fd = intAt(info, 0);
  const Bytes room = bytesAt(info, 1);
  if (room.length < sizeof(struct fsmap_head)) return number(info.Env(), -EINVAL);
  auto* head = reinterpret_cast<struct fsmap_head*>(room.start);
  head->fmh_count = static_cast<uint32_t>((room.length - sizeof *head) / sizeof(struct fsmap));
  const int64_t result = uninterrupted([&] { return ::ioctl(fd, FS_IOC_GETFSMAP, head); });
  return number(info.Env(), result < 0 ? result : head->fmh_entries);
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
  add<askCache>(env, exports, "cachestat");
}

}  // namespace mapscope
