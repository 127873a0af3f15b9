// Giving up privileges in every thread of a process whose threads (V8, libuv) run already.
//
// What holds for all threads, and why:
//   ids           the C library's setgroups, setresgid, setresuid make every thread change.
//   capabilities  the kernel empties permitted, effective and ambient of each thread whose ids leave root; capget(2) of each
//                 thread then proves it, also for a process that was never root but was given capabilities.
//   no_new_privs  a filter that allows everything, installed with TSYNC, carries the flag to all threads.
//   bounding set  can be dropped only by the thread itself, so only the calling thread does; without permitted capabilities and with
//                 no_new_privs it decides nothing any more.
//   dumpable      belongs to the memory, which all share.
//   root folder   belongs to what the threads of a process share as well (CLONE_FS). Without CAP_SYS_CHROOT and without an open folder
//                 outside there is no way back.
#include <dirent.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "topics.h"

namespace mapscope {
namespace {

int64_t leaveIds(uid_t uid, gid_t gid) {
  if (::setgroups(0, nullptr) < 0) return -errno;
  if (::setresgid(gid, gid, gid) < 0) return -errno;
  return kernelAnswer(::setresuid(uid, uid, uid));
}

/** EPERM: there is no CAP_SETPCAP to do it with; EINVAL: past the last capability this kernel knows. */
void dropBoundingSet() {
  for (unsigned long capability = 0; ::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0;) capability++;
}

int64_t clearOwnCapabilities() {
  ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  __user_cap_header_struct head{_LINUX_CAPABILITY_VERSION_3, 0};
  const __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {};
  return kernelAnswer(::syscall(SYS_capset, &head, none));
}

int64_t enterRoot(const std::string& folder) {
  if (::chroot(folder.c_str()) < 0) return -errno;
  return kernelAnswer(::chdir("/"));
}

/** -EPERM as soon as one thread still holds a capability. A thread that ended meanwhile holds none. */
int64_t proveNoCapabilities(DIR* tasks) {
  int64_t result = 0;
  while (const dirent* task = ::readdir(tasks)) {
    const int tid = std::atoi(task->d_name);
    if (tid <= 0) continue;
    __user_cap_header_struct head{_LINUX_CAPABILITY_VERSION_3, tid};
    __user_cap_data_struct held[_LINUX_CAPABILITY_U32S_3] = {};
    if (::syscall(SYS_capget, &head, held) < 0) {
      if (errno == ESRCH) continue;
      result = -errno;
      break;
    }
    if (held[0].permitted | held[1].permitted | held[0].effective | held[1].effective) {
      result = -EPERM;
      break;
    }
  }
  return result;
}

/** A thread with another filter than ours makes TSYNC answer its tid: EBUSY here. */
int64_t forbidNewPrivileges() {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return -errno;
  sock_filter allow[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  const sock_fprog program{1, allow};
  const long result = ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program);
  return result > 0 ? -EBUSY : kernelAnswer(result);
}

/** dropPrivileges(changeIds, uid, gid, root or "") */
Napi::Value dropPrivileges(const Napi::CallbackInfo& info) {
  const bool changeIds = info[0].ToBoolean();
  const uid_t uid = info[1].ToNumber().Uint32Value();
  const gid_t gid = info[2].ToNumber().Uint32Value();
  const std::string root = info[3].ToString().Utf8Value();
  // Opened first: there may be no /proc below the new root.
  DIR* tasks = ::opendir("/proc/self/task");
  if (!tasks) return number(info.Env(), -errno);
  dropBoundingSet();
  int64_t result = root.empty() ? 0 : enterRoot(root);
  if (result >= 0 && changeIds) result = leaveIds(uid, gid);
  if (result >= 0) result = clearOwnCapabilities();
  if (result >= 0) result = forbidNewPrivileges();
  if (result >= 0) result = kernelAnswer(::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0));
  if (result >= 0) result = proveNoCapabilities(tasks);
  ::closedir(tasks);
  return number(info.Env(), result);
}

}  // namespace

void addPrivileges(Napi::Env env, Napi::Object exports) { add<dropPrivileges>(env, exports, "dropPrivileges"); }

}  // namespace mapscope
