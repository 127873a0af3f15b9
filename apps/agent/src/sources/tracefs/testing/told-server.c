// A FUSE server on libfuse that tells of each request when it took and when it answered it, by CLOCK_MONOTONIC: what the trace says is held against that.
// told-server MOUNTPOINT LOG THREADS DELAY_US step|pool
//   step: each thread reads, waits, answers. pool: one reads, the others wait and answer.
// One folder with one file of 1 MiB. LOG, written at the end: `unique before-read after-read before-answer after-answer` a line, nanoseconds.
#define FUSE_USE_VERSION 31
#include <errno.h>
#include <fuse_lowlevel.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SIZE = 1 << 20, MOST = 1 << 16, QUEUE = 64 };

struct job {
  struct fuse_buf buf;
  long before;
  long after;
};
struct line {
  uint64_t unique;
  long at[4];
};

static struct fuse_session *session;
static struct line lines[MOST];
static atomic_int count;
static long delay;
static struct job queue[QUEUE];
static int first, held;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t some = PTHREAD_COND_INITIALIZER, room = PTHREAD_COND_INITIALIZER;

static long now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000L + t.tv_nsec;
}

static int fill(struct stat *s, fuse_ino_t ino) {
  memset(s, 0, sizeof *s);
  s->st_ino = ino;
  s->st_mode = ino == FUSE_ROOT_ID ? S_IFDIR | 0755 : S_IFREG | 0644;
  s->st_nlink = 1;
  s->st_size = ino == FUSE_ROOT_ID ? 0 : SIZE;
  return ino <= 2;
}
static void getattr_(fuse_req_t r, fuse_ino_t ino, struct fuse_file_info *f) {
  struct stat s;
  (void)f;
  if (fill(&s, ino)) fuse_reply_attr(r, &s, 0);
  else fuse_reply_err(r, ENOENT);
}
static void lookup(fuse_req_t r, fuse_ino_t parent, const char *name) {
  struct fuse_entry_param e = {.ino = 2};
  if (parent != FUSE_ROOT_ID || strcmp(name, "file")) fuse_reply_err(r, ENOENT);
  else fill(&e.attr, 2), fuse_reply_entry(r, &e);
}
static void open_(fuse_req_t r, fuse_ino_t ino, struct fuse_file_info *f) {
  (void)ino;
  f->direct_io = 1;
  fuse_reply_open(r, f);
}
static void read_(fuse_req_t r, fuse_ino_t ino, size_t n, off_t at, struct fuse_file_info *f) {
  static const char zeroes[SIZE];
  (void)ino, (void)f;
  fuse_reply_buf(r, zeroes, at >= SIZE ? 0 : n < (size_t)(SIZE - at) ? n : (size_t)(SIZE - at));
}
static void write_(fuse_req_t r, fuse_ino_t ino, const char *bytes, size_t n, off_t at, struct fuse_file_info *f) {
  (void)ino, (void)bytes, (void)at, (void)f;
  fuse_reply_write(r, n);
}
static const struct fuse_lowlevel_ops ops = {.getattr = getattr_, .lookup = lookup, .open = open_, .read = read_, .write = write_};

static int take(struct job *job) {
  job->before = now();
  int n = fuse_session_receive_buf(session, &job->buf);
  job->after = now();
  return n;
}
static void answer(struct job *job) {
  struct line line = {.at = {job->before, job->after}};
  // Behind length and opcode of fuse_in_header.
  memcpy(&line.unique, (char *)job->buf.mem + 8, sizeof line.unique);
  if (delay > 0) usleep(delay);
  line.at[2] = now();
  fuse_session_process_buf(session, &job->buf);
  line.at[3] = now();
  int i = atomic_fetch_add(&count, 1);
  if (i < MOST) lines[i] = line;
}

static void *step(void *arg) {
  struct job job = {0};
  (void)arg;
  while (!fuse_session_exited(session)) {
    int n = take(&job);
    if (n > 0) answer(&job);
    else if (n != -EINTR) fuse_session_exit(session);
  }
  free(job.buf.mem);
  return NULL;
}
static void *work(void *arg) {
  (void)arg;
  for (;;) {
    pthread_mutex_lock(&lock);
    while (held == 0) pthread_cond_wait(&some, &lock);
    struct job job = queue[first];
    first = (first + 1) % QUEUE;
    held--;
    pthread_cond_signal(&room);
    pthread_mutex_unlock(&lock);
    answer(&job);
    free(job.buf.mem);
  }
}
static void hand_over(void) {
  while (!fuse_session_exited(session)) {
    struct job job = {0};
    int n = take(&job);
    if (n <= 0) {
      if (n != -EINTR) fuse_session_exit(session);
      continue;
    }
    pthread_mutex_lock(&lock);
    while (held == QUEUE) pthread_cond_wait(&room, &lock);
    queue[(first + held++) % QUEUE] = job;
    pthread_cond_signal(&some);
    pthread_mutex_unlock(&lock);
  }
}

int main(int argc, char **argv) {
  if (argc != 6) return 2;
  char *words[] = {argv[0]};
  struct fuse_args args = FUSE_ARGS_INIT(1, words);
  int threads = atoi(argv[3]), pools = !strcmp(argv[5], "pool");
  delay = atol(argv[4]);
  session = fuse_session_new(&args, &ops, sizeof ops, NULL);
  if (!session || fuse_session_mount(session, argv[1]) != 0) return 1;
  pthread_t ids[64];
  for (int i = 0; i < threads && i < 64; i++) pthread_create(&ids[i], NULL, pools ? work : step, NULL);
  printf("mounted\n");
  fflush(stdout);
  if (pools) hand_over();
  else
    for (int i = 0; i < threads; i++) pthread_join(ids[i], NULL);
  fuse_session_unmount(session);
  FILE *log = fopen(argv[2], "w");
  if (!log) return 1;
  for (int i = 0; i < count && i < MOST; i++)
    fprintf(log, "%lu %ld %ld %ld %ld\n", (unsigned long)lines[i].unique, lines[i].at[0], lines[i].at[1], lines[i].at[2], lines[i].at[3]);
  return fclose(log) == 0 ? 0 : 1;
}
