// What random workloads do to files that xfs_io cannot: asynchronous direct I/O, copies that break off, swap files, many extents.
// acts aio|short|swap|comb FILE … ; ends with 0 whatever the filesystem refuses, since a refusal is an outcome too.
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PAGE = 4096, DEPTH = 8 };

/** aio FILE OFFSET CHUNK COUNT: COUNT direct writes of CHUNK bytes one behind the other, DEPTH under way at a time. */
static int aio(char **words) {
  const int fd = open(words[0], O_RDWR | O_CREAT | O_DIRECT, 0644);
  const long long start = atoll(words[1]);
  const long chunk = atol(words[2]), count = atol(words[3]);
  aio_context_t context = 0;
  void *bytes;
  if (fd < 0 || syscall(SYS_io_setup, DEPTH, &context) < 0 || posix_memalign(&bytes, PAGE, chunk)) return 1;
  memset(bytes, 0x5a, chunk);
  for (long done = 0; done < count;) {
    struct iocb blocks[DEPTH], *list[DEPTH];
    struct io_event events[DEPTH];
    long n = count - done < DEPTH ? count - done : DEPTH;
    for (long i = 0; i < n; i++) {
      blocks[i] = (struct iocb){.aio_lio_opcode = IOCB_CMD_PWRITE, .aio_fildes = fd, .aio_buf = (unsigned long)bytes, .aio_nbytes = chunk};
      blocks[i].aio_offset = start + (done + i) * chunk;
      list[i] = &blocks[i];
    }
    const long sent = syscall(SYS_io_submit, context, n, list);
    if (sent <= 0) break;
    syscall(SYS_io_getevents, context, sent, sent, events, NULL);
    done += sent;
  }
  syscall(SYS_io_destroy, context);
  return 0;
}

/** short FILE OFFSET GOOD: a write whose buffer has GOOD bytes and then none. */
static int cutShort(char **words) {
  const int fd = open(words[0], O_RDWR | O_CREAT, 0644);
  const long good = atol(words[2]), room = (good / PAGE + 1) * PAGE;
  char *bytes = mmap(NULL, room + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (fd < 0 || bytes == MAP_FAILED) return 1;
  memset(bytes, 0x77, room);
  munmap(bytes + room, PAGE);
  (void)!pwrite(fd, bytes + room - good, good + PAGE, atoll(words[1]));
  return 0;
}

/** swap FILE PAGES: makes it a swap file of so many pages, uses it as one for a moment, and gives it back. */
static int swap(char **words) {
  const int fd = open(words[0], O_RDWR | O_CREAT, 0600);
  const long pages = atol(words[1]);
  char bytes[PAGE] = {0};
  if (fd < 0) return 1;
  for (long i = 1; i < pages; i++)
    if (pwrite(fd, bytes, PAGE, (long long)i * PAGE) != PAGE) return 0;
  // Version and last page, then the signature. Fact: union swap_header, include/linux/swap.h.
  ((unsigned *)(bytes + 1024))[0] = 1;
  ((unsigned *)(bytes + 1024))[1] = pages - 1;
  memcpy(bytes + PAGE - 10, "SWAPSPACE2", 10);
  if (pwrite(fd, bytes, PAGE, 0) != PAGE || ftruncate(fd, (long long)pages * PAGE) < 0 || fchmod(fd, 0600) < 0) return 0;
  if (swapon(words[0], 0) == 0) swapoff(words[0]);
  return 0;
}

/** comb FILE BLOCK FIRST COUNT: COUNT blocks, from the one of number FIRST on, with a hole of one block behind each. */
static int comb(char **words) {
  const int fd = open(words[0], O_RDWR | O_CREAT, 0644);
  const long block = atol(words[1]), first = atol(words[2]), count = atol(words[3]);
  char *bytes = malloc(block);
  if (fd < 0 || !bytes) return 1;
  memset(bytes, 0x33, block);
  for (long i = first; i < first + count; i++)
    if (pwrite(fd, bytes, block, 2LL * i * block) != block) return 1;
  return fsync(fd) < 0;
}

int main(int count, char **words) {
  const struct {
    const char *name;
    int words;
    int (*run)(char **);
  } acts[] = {{"aio", 4, aio}, {"short", 3, cutShort}, {"swap", 2, swap}, {"comb", 4, comb}};
  for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
    if (count == acts[i].words + 2 && strcmp(words[1], acts[i].name) == 0) return acts[i].run(words + 2);
  fprintf(stderr, "usage: acts aio|short|swap|comb FILE …\n");
  return 2;
}
