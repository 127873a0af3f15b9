// Unix sockets: pairs, their buffers, descriptors sent through them.
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

#include "topics.h"

namespace mapscope {
namespace {

/** socketpair(type): both ends close-on-exec. */
Napi::Value makePair(const Napi::CallbackInfo& info) {
  int ends[2];
  const int64_t result = kernelAnswer(::socketpair(AF_UNIX, intAt(info, 0) | SOCK_CLOEXEC, 0, ends));
  return pairOr(info.Env(), result, ends);
}

/** The FORCE options pass the system's limit and need CAP_NET_ADMIN; without it the limit applies. */
int64_t setBuffer(int fd, int forced, int limited, int bytes) {
  if (::setsockopt(fd, SOL_SOCKET, forced, &bytes, sizeof bytes) == 0) return 0;
  if (errno != EPERM) return -errno;
  return kernelAnswer(::setsockopt(fd, SOL_SOCKET, limited, &bytes, sizeof bytes));
}

/** setBuffers(fd, bytes) */
Napi::Value setBuffers(const Napi::CallbackInfo& info) {
  const int fd = intAt(info, 0), bytes = intAt(info, 1);
  int64_t result = setBuffer(fd, SO_SNDBUFFORCE, SO_SNDBUF, bytes);
  if (result >= 0) result = setBuffer(fd, SO_RCVBUFFORCE, SO_RCVBUF, bytes);
  return number(info.Env(), result);
}

/** One byte, because a stream socket carries ancillary data only beside some. */
struct Parcel {
  char byte = 0;
  iovec part{&byte, 1};
  /** Not CMSG_SPACE: its padding has room for a second descriptor, which the kernel would fill and nobody close. */
  alignas(cmsghdr) char room[CMSG_LEN(sizeof(int))] = {};
  msghdr head{};
  Parcel() {
    head.msg_iov = &part;
    head.msg_iovlen = 1;
    head.msg_control = room;
    head.msg_controllen = sizeof room;
  }
};

/** sendFd(socket, fd) */
Napi::Value sendFd(const Napi::CallbackInfo& info) {
  const int socket = intAt(info, 0), fd = intAt(info, 1);
  Parcel parcel;
  cmsghdr* note = CMSG_FIRSTHDR(&parcel.head);
  note->cmsg_level = SOL_SOCKET;
  note->cmsg_type = SCM_RIGHTS;
  note->cmsg_len = CMSG_LEN(sizeof fd);
  std::memcpy(CMSG_DATA(note), &fd, sizeof fd);
  const int64_t sent = uninterrupted([&] { return ::sendmsg(socket, &parcel.head, MSG_NOSIGNAL); });
  return number(info.Env(), sent < 0 ? sent : 0);
}

/** receiveFd(socket): close-on-exec; -ENODATA at the end of file, -ENOMSG for a message without a descriptor. */
Napi::Value receiveFd(const Napi::CallbackInfo& info) {
  const int socket = intAt(info, 0);
  Parcel parcel;
  const int64_t got = uninterrupted([&] { return ::recvmsg(socket, &parcel.head, MSG_CMSG_CLOEXEC); });
  if (got < 0) return number(info.Env(), got);
  // The room holds one descriptor, so the kernel itself closes any further one.
  const cmsghdr* note = CMSG_FIRSTHDR(&parcel.head);
  if (!note || note->cmsg_level != SOL_SOCKET || note->cmsg_type != SCM_RIGHTS || note->cmsg_len < CMSG_LEN(sizeof(int)))
    return number(info.Env(), got == 0 ? -ENODATA : -ENOMSG);
  int fd;
  std::memcpy(&fd, CMSG_DATA(note), sizeof fd);
  return number(info.Env(), fd);
}

}  // namespace

void addSockets(Napi::Env env, Napi::Object exports) {
  add<makePair>(env, exports, "socketpair");
  add<setBuffers>(env, exports, "setBuffers");
  add<sendFd>(env, exports, "sendFd");
  add<receiveFd>(env, exports, "receiveFd");
}

}  // namespace mapscope
