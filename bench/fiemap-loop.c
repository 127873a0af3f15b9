// The peer of bench/maps.ts: FIEMAP of a whole file in pages of 8192 extents and nothing else. Prints extents and nanoseconds.
#include <fcntl.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

enum { AT_ONCE = 8192 };

int main(int count, char** words) {
  if (count < 2) return 2;
  const int fd = open(words[1], O_RDONLY);
  struct fiemap* map = malloc(sizeof *map + AT_ONCE * sizeof(struct fiemap_extent));
  if (fd < 0 || map == NULL) return 1;
  struct timespec begin, end;
  clock_gettime(CLOCK_MONOTONIC, &begin);
  uint64_t start = 0, extents = 0;
  for (;;) {
    memset(map, 0, sizeof *map);
    map->fm_start = start;
    map->fm_length = UINT64_MAX - start;
    map->fm_extent_count = AT_ONCE;
    if (ioctl(fd, FS_IOC_FIEMAP, map) < 0) return 1;
    if (map->fm_mapped_extents == 0) break;
    extents += map->fm_mapped_extents;
    const struct fiemap_extent* last = &map->fm_extents[map->fm_mapped_extents - 1];
    if (last->fe_flags & FIEMAP_EXTENT_LAST) break;
    start = last->fe_logical + last->fe_length;
  }
  clock_gettime(CLOCK_MONOTONIC, &end);
  printf("%llu %lld\n", (unsigned long long)extents, (end.tv_sec - begin.tv_sec) * 1000000000LL + (end.tv_nsec - begin.tv_nsec));
  return 0;
}
