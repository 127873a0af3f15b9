#include "topics.h"

// No state of the process is kept here, so that every worker thread can load the addon for itself.
static Napi::Object init(Napi::Env env, Napi::Object exports) {
  mapscope::addTransfer(env, exports);
  mapscope::addDescriptors(env, exports);
  mapscope::addSockets(env, exports);
  mapscope::addMounts(env, exports);
  mapscope::addExtents(env, exports);
  mapscope::addBtrfs(env, exports);
  mapscope::addPages(env, exports);
  mapscope::addProcesses(env, exports);
  mapscope::addPrivileges(env, exports);
  mapscope::addInotify(env, exports);
  mapscope::addConfinement(env, exports);
  return exports;
}

NODE_API_MODULE(mapscope, init)
