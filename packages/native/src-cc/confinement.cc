// Letting every thread of a process write below one folder only, also without a right to anything else: Landlock (include/uapi/linux/landlock.h,
// Documentation/userspace-api/landlock.rst). Its rules hold for the thread that takes them and for those it starts later, so each thread that
// runs already is sent a signal in whose handler it takes them.
#include <dirent.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <set>
#include <string>

#include "topics.h"

namespace mapscope {
namespace {

// Of later kernels than Debian's headers. Fact: landlock.h, ABI 2 and 3.
constexpr uint64_t REFER = 1ULL << 13, TRUNCATE = 1ULL << 14;
constexpr uint64_t WRITING = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                             LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
                             LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
                             LANDLOCK_ACCESS_FS_MAKE_SYM;
/** How long a thread may take to have its turn. */
constexpr int64_t PATIENCE_NS = 2'000'000'000;

int rules = -1;
std::atomic<int> answered{0}, failed{0};

void takeRules(int) {
  const int before = errno;
  if (::syscall(SYS_landlock_restrict_self, rules, 0) < 0) failed = errno;
  answered++;
  errno = before;
}

int64_t makeRules(const std::string& folder) {
  const int64_t abi = kernelAnswer(::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION));
  if (abi < 0) return abi;
  landlock_ruleset_attr wanted{};
  wanted.handled_access_fs = WRITING | (abi >= 2 ? REFER : 0) | (abi >= 3 ? TRUNCATE : 0);
  const int64_t made = kernelAnswer(::syscall(SYS_landlock_create_ruleset, &wanted, sizeof(wanted.handled_access_fs), 0));
  if (made < 0) return made;
  rules = static_cast<int>(made);
  landlock_path_beneath_attr below{};
  below.allowed_access = wanted.handled_access_fs;
  below.parent_fd = ::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (below.parent_fd < 0) return -errno;
  const int64_t added = kernelAnswer(::syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &below, 0));
  ::close(below.parent_fd);
  return added;
}

/** Node's thread that waits for SIGUSR1 to start a debugger blocks every signal; it opens nothing. */
bool blocks(int tid, int signal) {
  char path[64];
  std::snprintf(path, sizeof path, "/proc/self/task/%d/status", tid);
  FILE* status = std::fopen(path, "re");
  if (!status) return true;
  char line[256];
  unsigned long long blocked = 0;
  while (std::fgets(line, sizeof line, status))
    if (std::sscanf(line, "SigBlk: %llx", &blocked) == 1) break;
  std::fclose(status);
  return (blocked >> (signal - 1)) & 1;
}

/** Waits for the handler to have run once more. */
int64_t waitFor(int count) {
  for (int64_t waited = 0; answered < count; waited += 100'000) {
    if (waited > PATIENCE_NS) return -ETIMEDOUT;
    const timespec moment{0, 100'000};
    ::nanosleep(&moment, nullptr);
  }
  return -failed;
}

/** Until a list of the threads has none in it that has not been told: those that one starts later have its rules. */
int64_t tellThreads(int signal) {
  std::set<int> told{static_cast<int>(::gettid())};
  for (bool isNews = true; isNews;) {
    isNews = false;
    DIR* tasks = ::opendir("/proc/self/task");
    if (!tasks) return -errno;
    int64_t result = 0;
    while (const dirent* task = ::readdir(tasks)) {
      const int tid = std::atoi(task->d_name);
      if (tid <= 0 || !told.insert(tid).second) continue;
      isNews = true;
      if (blocks(tid, signal)) continue;
      const int before = answered;
      // A thread that has ended meanwhile opens nothing any more.
      if (::syscall(SYS_tgkill, ::getpid(), tid, signal) < 0) continue;
      if ((result = waitFor(before + 1)) < 0) break;
    }
    ::closedir(tasks);
    if (result < 0) return result;
  }
  return 0;
}

/** confineWrites(folder): after no_new_privs is set. */
Napi::Value confineWrites(const Napi::CallbackInfo& info) {
  const int signal = SIGRTMAX - 1;
  int64_t result = makeRules(info[0].ToString().Utf8Value());
  if (result >= 0) result = kernelAnswer(::syscall(SYS_landlock_restrict_self, rules, 0));
  if (result >= 0) {
    struct sigaction taking = {}, before = {};
    taking.sa_handler = takeRules;
    taking.sa_flags = SA_RESTART;
    ::sigaction(signal, &taking, &before);
    result = tellThreads(signal);
    ::sigaction(signal, &before, nullptr);
  }
  if (rules >= 0) ::close(rules);
  rules = -1;
  return number(info.Env(), result);
}

}  // namespace

void addConfinement(Napi::Env env, Napi::Object exports) { add<confineWrites>(env, exports, "confineWrites"); }

}  // namespace mapscope
