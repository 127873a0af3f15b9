// bystander FILE CALLS: CPU time of some system calls of a program that is no FUSE server, `name ns` a line.
// FILE is on tmpfs, where they are shortest.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096, MOST = 64 };

static double cpu(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

int main(int argc, char **argv) {
  static char page[PAGE];
  if (argc != 3) return 2;
  const int file = open(argv[1], O_RDWR | O_CREAT | O_TRUNC, 0600), null = open("/dev/null", O_WRONLY), calls = atoi(argv[2]);
  if (file < 0 || null < 0) return 1;
  double begin = cpu();
  for (int i = 0; i < calls; i++) {
    // It does not grow without end.
    if (i % MOST == 0) lseek(file, 0, SEEK_SET);
    if (write(file, page, PAGE) != PAGE) return 1;
  }
  printf("write %.1f\n", (cpu() - begin) / calls);
  begin = cpu();
  for (int i = 0; i < calls; i++)
    if (write(null, page, 1) != 1) return 1;
  printf("null %.1f\n", (cpu() - begin) / calls);
  begin = cpu();
  for (int i = 0; i < calls; i++)
    if (pread(file, page, PAGE, 0) != PAGE) return 1;
  printf("pread %.1f\n", (cpu() - begin) / calls);
  begin = cpu();
  for (int i = 0; i < calls; i++) getppid();
  printf("getppid %.1f\n", (cpu() - begin) / calls);
  return 0;
}
