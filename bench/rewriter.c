// The work of bench/watch.ts: rewrites blocks of 4 KiB in the page cache, one thread. Prints how many, nanoseconds, and nanoseconds of CPU time.
// rewriter FILE BLOCKS RATE SECONDS: RATE a second for SECONDS. With RATE 0: as fast as can be, BLOCKS times SECONDS writes.
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int64_t now(clockid_t clock) {
  struct timespec at;
  clock_gettime(clock, &at);
  return at.tv_sec * 1000000000LL + at.tv_nsec;
}

int main(int count, char** words) {
  if (count < 5) return 2;
  const int fd = open(words[1], O_CREAT | O_WRONLY, 0644);
  const int64_t blocks = atoll(words[2]), rate = atoll(words[3]), seconds = atoll(words[4]);
  const int64_t total = rate > 0 ? rate * seconds : blocks * seconds;
  char block[4096];
  memset(block, 1, sizeof block);
  if (fd < 0) return 1;
  const int64_t begin = now(CLOCK_MONOTONIC), beginCpu = now(CLOCK_PROCESS_CPUTIME_ID);
  for (int64_t i = 0; i < total;) {
    const int64_t due = rate > 0 ? (now(CLOCK_MONOTONIC) - begin) * rate / 1000000000LL : total;
    for (; i < due && i < total; i++)
      if (pwrite(fd, block, sizeof block, i % blocks * 4096) < 0) return 1;
    if (i < total) usleep(500);
  }
  const int64_t taken = now(CLOCK_MONOTONIC) - begin, cpu = now(CLOCK_PROCESS_CPUTIME_ID) - beginCpu;
  printf("%lld %lld %lld\n", (long long)total, (long long)taken, (long long)cpu);
  return 0;
}
