// What becomes of files and of the names in a folder: inotify(7). Notices are read like bytes of any descriptor.
#include <sys/inotify.h>

#include <string>

#include "topics.h"

namespace mapscope {
namespace {

/** openInotify(): non-blocking, close-on-exec. */
Napi::Value openInotify(const Napi::CallbackInfo& info) { return number(info.Env(), kernelAnswer(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC))); }

/** addWatch(fd, path, bits): the path is bytes, as filesystems have names. */
Napi::Value addWatch(const Napi::CallbackInfo& info) {
  const Bytes bytes = bytesAt(info, 1);
  const std::string path(reinterpret_cast<const char*>(bytes.start), bytes.length);
  return number(info.Env(), kernelAnswer(::inotify_add_watch(intAt(info, 0), path.c_str(), info[2].ToNumber().Uint32Value())));
}

/** removeWatch(fd, watch) */
Napi::Value removeWatch(const Napi::CallbackInfo& info) {
  return number(info.Env(), kernelAnswer(::inotify_rm_watch(intAt(info, 0), intAt(info, 1))));
}

}  // namespace

void addInotify(Napi::Env env, Napi::Object exports) {
  add<openInotify>(env, exports, "openInotify");
  add<addWatch>(env, exports, "addWatch");
  add<removeWatch>(env, exports, "removeWatch");
}

}  // namespace mapscope
