// Processes by descriptor, so that a reused pid is never hit; and what a process asks of the kernel for itself.
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "topics.h"

#ifndef PR_SET_IO_FLUSHER
#define PR_SET_IO_FLUSHER 57
#endif

namespace mapscope {
namespace {

/** pidfdOpen(pid): close-on-exec by itself. */
Napi::Value openPidfd(const Napi::CallbackInfo& info) { return number(info.Env(), kernelAnswer(::syscall(SYS_pidfd_open, intAt(info, 0), 0))); }

/** pidfdSendSignal(fd, signal) */
Napi::Value signalPidfd(const Napi::CallbackInfo& info) {
  return number(info.Env(), kernelAnswer(::syscall(SYS_pidfd_send_signal, intAt(info, 0), intAt(info, 1), nullptr, 0)));
}

/** setIoFlusher(): the calling thread, and threads it starts later. */
Napi::Value setIoFlusher(const Napi::CallbackInfo& info) { return number(info.Env(), kernelAnswer(::prctl(PR_SET_IO_FLUSHER, 1, 0, 0, 0))); }

/** setParentDeathSignal(signal) */
Napi::Value setParentDeathSignal(const Napi::CallbackInfo& info) {
  return number(info.Env(), kernelAnswer(::prctl(PR_SET_PDEATHSIG, static_cast<unsigned long>(intAt(info, 0)), 0, 0, 0)));
}

}  // namespace

void addProcesses(Napi::Env env, Napi::Object exports) {
  add<openPidfd>(env, exports, "pidfdOpen");
  add<signalPidfd>(env, exports, "pidfdSendSignal");
  add<setIoFlusher>(env, exports, "setIoFlusher");
  add<setParentDeathSignal>(env, exports, "setParentDeathSignal");
}

}  // namespace mapscope
