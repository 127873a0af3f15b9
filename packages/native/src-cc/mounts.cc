// Mounts: the FUSE device, mount(2), umount2(2).
#include <fcntl.h>
#include <sys/mount.h>

#include <string>

#include "topics.h"

namespace mapscope {
namespace {

std::string textAt(const Napi::CallbackInfo& info, size_t i) { return info[i].ToString().Utf8Value(); }

/** openFuse() */
Napi::Value openFuse(const Napi::CallbackInfo& info) {
  return number(info.Env(), uninterrupted([] { return ::open("/dev/fuse", O_RDWR | O_CLOEXEC | O_NONBLOCK); }));
}

/** mount(source, target, type, flags, options) */
Napi::Value mountAt(const Napi::CallbackInfo& info) {
  const std::string source = textAt(info, 0), target = textAt(info, 1), type = textAt(info, 2), options = textAt(info, 4);
  const unsigned long flags = info[3].ToNumber().Uint32Value();
  return number(info.Env(), kernelAnswer(::mount(source.c_str(), target.c_str(), type.c_str(), flags, options.c_str())));
}

/** umount(target, force, detach). A symbolic link is not followed: what is unmounted is what was named. */
Napi::Value umountAt(const Napi::CallbackInfo& info) {
  const std::string target = textAt(info, 0);
  const int flags = UMOUNT_NOFOLLOW | (info[1].ToBoolean() ? MNT_FORCE : 0) | (info[2].ToBoolean() ? MNT_DETACH : 0);
  return number(info.Env(), kernelAnswer(::umount2(target.c_str(), flags)));
}

}  // namespace

void addMounts(Napi::Env env, Napi::Object exports) {
  add<openFuse>(env, exports, "openFuse");
  add<mountAt>(env, exports, "mount");
  add<umountAt>(env, exports, "umount");
}

}  // namespace mapscope
