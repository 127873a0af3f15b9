// Bytes in and out: the calls made once or more a request. Plain napi, because the wrappers' handles and checks are a good part
// of what such a call costs.
#include <node_api.h>
#include <poll.h>
#include <sys/uio.h>
#include <unistd.h>

#include <vector>

#include "topics.h"

namespace mapscope {
namespace {

template <size_t Most>
struct Arguments {
  napi_env env;
  napi_value value[Most] = {};
  size_t count = Most;

  Arguments(napi_env env, napi_callback_info info) : env(env) { napi_get_cb_info(env, info, &count, value, nullptr, nullptr); }

  int32_t number(size_t i) const {
    int32_t n = -1;
    napi_get_value_int32(env, value[i], &n);
    return n;
  }
  /** Positions inside a buffer: below 2^53, and a wrong one becomes so large that no buffer holds it. */
  size_t position(size_t i) const {
    int64_t n = -1;
    napi_get_value_int64(env, value[i], &n);
    return static_cast<size_t>(n);
  }
  /** Above 2^63 - 1 this is negative, and the kernel says EINVAL. */
  off_t offset(size_t i) const {
    uint64_t n = ~uint64_t{0};
    bool lossless;
    napi_get_value_bigint_uint64(env, value[i], &n, &lossless);
    return static_cast<off_t>(n);
  }
  /** Elements of a typed array of this element type; otherwise none. */
  template <typename Element>
  Element* array(size_t i, napi_typedarray_type wanted, size_t& length) const {
    void* start = nullptr;
    napi_typedarray_type type;
    length = 0;
    if (napi_get_typedarray_info(env, value[i], &type, &length, &start, nullptr, nullptr) == napi_ok && type == wanted) return static_cast<Element*>(start);
    length = 0;
    return nullptr;
  }
  Bytes bytes(size_t i) const {
    Bytes found;
    found.start = array<uint8_t>(i, napi_uint8_array, found.length);
    return found;
  }
  napi_value answer(int64_t n) const {
    napi_value made = nullptr;
    napi_create_int64(env, n, &made);
    return made;
  }
};

inline bool inside(const Bytes& bytes, size_t from, size_t length) { return from <= bytes.length && length <= bytes.length - from; }

/** receive(fd, into) */
napi_value receive(napi_env env, napi_callback_info info) {
  const Arguments<2> args(env, info);
  const int fd = args.number(0);
  const Bytes into = args.bytes(1);
  return args.answer(uninterrupted([&] { return ::read(fd, into.start, into.length); }));
}

/** reply(fd, head, body?) */
napi_value reply(napi_env env, napi_callback_info info) {
  const Arguments<3> args(env, info);
  const int fd = args.number(0);
  const Bytes head = args.bytes(1);
  const Bytes body = args.count > 2 ? args.bytes(2) : Bytes{};
  const iovec parts[2] = {{head.start, head.length}, {body.start, body.length}};
  return args.answer(uninterrupted([&] { return ::writev(fd, parts, body.length ? 2 : 1); }));
}

/** read(fd, into, from, to) */
napi_value readBytes(napi_env env, napi_callback_info info) {
  const Arguments<4> args(env, info);
  const int fd = args.number(0);
  const Bytes into = args.bytes(1);
  const size_t from = args.position(2), to = args.position(3);
  if (from > to || !inside(into, from, to - from)) return args.answer(-EINVAL);
  return args.answer(uninterrupted([&] { return ::read(fd, into.start + from, to - from); }));
}

/** write(fd, bytes, from) */
napi_value writeBytes(napi_env env, napi_callback_info info) {
  const Arguments<3> args(env, info);
  const int fd = args.number(0);
  const Bytes bytes = args.bytes(1);
  const size_t from = args.position(2);
  if (!inside(bytes, from, 0)) return args.answer(-EINVAL);
  return args.answer(uninterrupted([&] { return ::write(fd, bytes.start + from, bytes.length - from); }));
}

/** Until all is moved, the end is reached or an error comes. An error after some bytes is seen by the next call, as with write(2). */
template <typename Move>
int64_t moveAll(size_t length, Move move) {
  size_t done = 0;
  while (done < length) {
    const ssize_t n = move(done, length - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return done ? static_cast<int64_t>(done) : -errno;
    if (n == 0) break;
    done += static_cast<size_t>(n);
  }
  return static_cast<int64_t>(done);
}

/** pread(fd, into, intoFrom, length, at) */
napi_value preadBytes(napi_env env, napi_callback_info info) {
  const Arguments<5> args(env, info);
  const int fd = args.number(0);
  const Bytes into = args.bytes(1);
  const size_t from = args.position(2), length = args.position(3);
  const off_t at = args.offset(4);
  if (!inside(into, from, length)) return args.answer(-EINVAL);
  return args.answer(moveAll(length, [&](size_t done, size_t rest) { return ::pread(fd, into.start + from + done, rest, at + static_cast<off_t>(done)); }));
}

/** pwrite(fd, bytes, from, length, at) */
napi_value pwriteBytes(napi_env env, napi_callback_info info) {
  const Arguments<5> args(env, info);
  const int fd = args.number(0);
  const Bytes bytes = args.bytes(1);
  const size_t from = args.position(2), length = args.position(3);
  const off_t at = args.offset(4);
  if (!inside(bytes, from, length)) return args.answer(-EINVAL);
  return args.answer(moveAll(length, [&](size_t done, size_t rest) { return ::pwrite(fd, bytes.start + from + done, rest, at + static_cast<off_t>(done)); }));
}

/** poll(fds, events, revents, timeoutMs). EINTR is passed on: Node's signal handlers run only when the caller returns to its loop. */
napi_value pollDescriptors(napi_env env, napi_callback_info info) {
  const Arguments<4> args(env, info);
  size_t count, eventCount, reventCount;
  const int32_t* fds = args.array<int32_t>(0, napi_int32_array, count);
  const int16_t* events = args.array<int16_t>(1, napi_int16_array, eventCount);
  int16_t* revents = args.array<int16_t>(2, napi_int16_array, reventCount);
  if (eventCount < count || reventCount < count) return args.answer(-EINVAL);
  constexpr size_t few = 8;
  pollfd onStack[few];
  std::vector<pollfd> onHeap(count > few ? count : 0);
  pollfd* set = count > few ? onHeap.data() : onStack;
  for (size_t i = 0; i < count; i++) set[i] = {fds[i], events[i], 0};
  const int64_t ready = kernelAnswer(::poll(set, count, args.number(3)));
  for (size_t i = 0; i < count; i++) revents[i] = set[i].revents;
  return args.answer(ready);
}

/** monotonic(): CLOCK_MONOTONIC in nanoseconds, the clock of trace instances set to `mono`. */
napi_value monotonic(napi_env env, napi_callback_info) {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  napi_value made = nullptr;
  napi_create_bigint_uint64(env, static_cast<uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<uint64_t>(now.tv_nsec), &made);
  return made;
}

/** addressRemainder(bytes, step): how far the array's first byte lies past a multiple of `step`. */
napi_value addressRemainder(napi_env env, napi_callback_info info) {
  Arguments<2> in(env, info);
  const Bytes bytes = in.bytes(0);
  const int32_t step = in.number(1);
  return in.answer(step > 0 ? static_cast<int64_t>(reinterpret_cast<uintptr_t>(bytes.start) % static_cast<uintptr_t>(step)) : -EINVAL);
}

void addPlain(napi_env env, napi_value exports, const char* name, napi_callback call) {
  napi_value made = nullptr;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, call, nullptr, &made);
  napi_set_named_property(env, exports, name, made);
}

}  // namespace

void addTransfer(Napi::Env env, Napi::Object exports) {
  addPlain(env, exports, "receive", receive);
  addPlain(env, exports, "reply", reply);
  addPlain(env, exports, "read", readBytes);
  addPlain(env, exports, "write", writeBytes);
  addPlain(env, exports, "pread", preadBytes);
  addPlain(env, exports, "pwrite", pwriteBytes);
  addPlain(env, exports, "poll", pollDescriptors);
  addPlain(env, exports, "monotonic", monotonic);
  addPlain(env, exports, "addressRemainder", addressRemainder);
}

}  // namespace mapscope
