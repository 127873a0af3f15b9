// The peer of bench/watch.ts: one thread a CPU reads the pages of a trace instance and throws them away. Ends with its standard input.
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PAGE = 4096, MOST = 256 };

static void* drain(void* word) {
  char page[PAGE];
  char path[4096];
  snprintf(path, sizeof path, "%s", (const char*)word);
  const int fd = open(path, O_RDONLY | O_NONBLOCK);
  for (;;)
    if (fd < 0 || read(fd, page, sizeof page) <= 0) usleep(5000);
  return NULL;
}

int main(int count, char** words) {
  static char paths[MOST][4096];
  if (count < 3) return 2;
  const int cpus = atoi(words[2]);
  for (int cpu = 0; cpu < cpus && cpu < MOST; cpu++) {
    pthread_t thread;
    snprintf(paths[cpu], sizeof paths[cpu], "%s/per_cpu/cpu%d/trace_pipe_raw", words[1], cpu);
    if (pthread_create(&thread, NULL, drain, paths[cpu]) != 0) return 1;
  }
  puts("reading");
  fflush(stdout);
  while (getchar() != EOF);
  return 0;
}
