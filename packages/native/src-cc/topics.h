// What the topics of this addon share. Each .cc file is one topic: system calls only. Arguments have been checked in TypeScript;
// the checks here keep a wrong one from writing past an array, nothing more. A call answers >= 0 or a negative errno.
#pragma once

#include <napi.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>

namespace mapscope {

void addTransfer(Napi::Env env, Napi::Object exports);
void addDescriptors(Napi::Env env, Napi::Object exports);
void addSockets(Napi::Env env, Napi::Object exports);
void addMounts(Napi::Env env, Napi::Object exports);
void addExtents(Napi::Env env, Napi::Object exports);
void addBtrfs(Napi::Env env, Napi::Object exports);
void addPages(Napi::Env env, Napi::Object exports);
void addProcesses(Napi::Env env, Napi::Object exports);
void addPrivileges(Napi::Env env, Napi::Object exports);
void addInotify(Napi::Env env, Napi::Object exports);
void addConfinement(Napi::Env env, Napi::Object exports);

/** The C library's answer (-1 and errno) as the kernel's own: >= 0 or a negative errno. */
template <typename N>
inline int64_t kernelAnswer(N result) {
  return result < 0 ? -errno : static_cast<int64_t>(result);
}

/** Again for as long as a signal cut the call short. */
template <typename Call>
inline int64_t uninterrupted(Call call) {
  for (;;) {
    const auto result = call();
    if (result >= 0 || errno != EINTR) return kernelAnswer(result);
  }
}

/**
 * Makes a call that may wait for locks or a disk on a thread of libuv's pool; answers a promise of its result. The arrays that it works on are
 * kept meanwhile; they must not be transferred to another thread of JavaScript.
 */
Napi::Value later(Napi::Env env, std::initializer_list<Napi::Value> arrays, std::function<int64_t()> call);

inline Napi::Value number(Napi::Env env, int64_t n) { return Napi::Number::New(env, static_cast<double>(n)); }

inline int intAt(const Napi::CallbackInfo& info, size_t i) { return info[i].ToNumber().Int32Value(); }

inline uint64_t u64At(const Napi::CallbackInfo& info, size_t i) {
  bool lossless = false;
  return info[i].IsBigInt() ? info[i].As<Napi::BigInt>().Uint64Value(&lossless) : 0;
}

struct Bytes {
  uint8_t* start = nullptr;
  size_t length = 0;

  /** The kernel's struct at the start; null where it does not fit. */
  template <typename S>
  S* as() const {
    return length >= sizeof(S) ? reinterpret_cast<S*>(start) : nullptr;
  }
  /** How many `R` fit behind a struct `S`. */
  template <typename S, typename R>
  uint32_t roomFor() const {
    return static_cast<uint32_t>((length - sizeof(S)) / sizeof(R));
  }
};

inline Bytes bytesAt(const Napi::CallbackInfo& info, size_t i) {
  if (!info[i].IsTypedArray()) return {};
  void* start = nullptr;
  size_t count = 0;
  napi_typedarray_type type;
  if (napi_get_typedarray_info(info.Env(), info[i], &type, &count, &start, nullptr, nullptr) != napi_ok) return {};
  return {static_cast<uint8_t*>(start), info[i].As<Napi::TypedArray>().ByteLength()};
}

/** A pair of descriptors, or a negative errno. */
inline Napi::Value pairOr(Napi::Env env, int64_t result, const int (&pair)[2]) {
  if (result < 0) return number(env, result);
  Napi::Array made = Napi::Array::New(env, 2);
  made.Set(0u, number(env, pair[0]));
  made.Set(1u, number(env, pair[1]));
  return made;
}

template <Napi::Value (*call)(const Napi::CallbackInfo&)>
inline void add(Napi::Env env, Napi::Object exports, const char* name) {
  exports.Set(name, Napi::Function::New<call>(env, name));
}

}  // namespace mapscope
