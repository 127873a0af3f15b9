// The page cache looked at in a way that touches it.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "topics.h"

namespace mapscope {
namespace {

/** Linux 5.14; C libraries of today's distributions do not know it. */
constexpr int madvPopulateRead = 22;

/** Until all is read, the end is reached or an error comes. */
int64_t readWhole(int fd, uint8_t* into, size_t length, uint64_t at) {
  size_t done = 0;
  while (done < length) {
    const int64_t n = uninterrupted([=] { return ::pread(fd, into + done, length - done, static_cast<off_t>(at + done)); });
    if (n < 0) return n;
    if (n == 0) break;
    done += static_cast<size_t>(n);
  }
  return static_cast<int64_t>(done);
}

int64_t pagemapOf(int fd, uint64_t offset, size_t pages, uint8_t* into) {
  const auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  void* start = ::mmap(nullptr, pages * page, PROT_READ, MAP_SHARED, fd, static_cast<off_t>(offset));
  if (start == MAP_FAILED) return -errno;
  // Faults pages in without touching them from here: behind the end of a file that was cut meanwhile it answers EFAULT, where a load would end the process.
  int64_t result = uninterrupted([=] { return ::madvise(start, pages * page, madvPopulateRead); });
  if (result >= 0) {
    const int map = ::open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    result = map < 0 ? -errno : readWhole(map, into, pages * sizeof(uint64_t), reinterpret_cast<uintptr_t>(start) / page * sizeof(uint64_t));
    if (map >= 0) ::close(map);
  }
  ::munmap(start, pages * page);
  return result < 0 ? result : result / static_cast<int64_t>(sizeof(uint64_t));
}

/** pagemap(fd, offset, into): maps as many pages from `offset` on as there is room for; answers how many entries were read. */
Napi::Value askPagemap(const Napi::CallbackInfo& info) {
  const int fd = intAt(info, 0);
  const uint64_t offset = u64At(info, 1);
  const Bytes into = bytesAt(info, 2);
  return later(info.Env(), {info[2]}, [=] { return pagemapOf(fd, offset, into.length / sizeof(uint64_t), into.start); });
}

}  // namespace

void addPages(Napi::Env env, Napi::Object exports) {
  add<askPagemap>(env, exports, "pagemap");
}

}  // namespace mapscope
