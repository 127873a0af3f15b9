// What btrfs alone tells: its trees, which tree an inode is in, its devices.
#include <linux/btrfs.h>
#include <linux/btrfs_tree.h>
#include <sys/ioctl.h>

#include "topics.h"

namespace mapscope {
namespace {

/** searchTree(fd, room): the key is the caller's; fills the rest of the room with items; answers their number. */
Napi::Value searchTree(const Napi::CallbackInfo& info) {
  const int fd = intAt(info, 0);
  const Bytes room = bytesAt(info, 1);
  return later(info.Env(), {info[1]}, [=]() -> int64_t {
    auto* head = room.as<struct btrfs_ioctl_search_args_v2>();
    if (head == nullptr) return -EINVAL;
    head->buf_size = room.length - sizeof *head;
    const int64_t result = uninterrupted([=] { return ::ioctl(fd, BTRFS_IOC_TREE_SEARCH_V2, head); });
    return result < 0 ? result : head->key.nr_items;
  });
}

/** treeOf(fd): id of the tree (subvolume) that an inode is in, as bigint. */
Napi::Value treeOf(const Napi::CallbackInfo& info) {
  const int fd = intAt(info, 0);
  struct btrfs_ioctl_ino_lookup_args args = {};
  // Of this inode only the tree is asked for, which needs no privilege.
  args.objectid = BTRFS_FIRST_FREE_OBJECTID;
  const int64_t result = uninterrupted([&] { return ::ioctl(fd, BTRFS_IOC_INO_LOOKUP, &args); });
  if (result < 0) return number(info.Env(), result);
  return Napi::BigInt::New(info.Env(), static_cast<uint64_t>(args.treeid));
}

/** btrfsDevice(fd, room): the room is a btrfs_ioctl_dev_info_args whose devid is the caller's. */
Napi::Value deviceInfo(const Napi::CallbackInfo& info) {
  const int fd = intAt(info, 0);
  auto* args = bytesAt(info, 1).as<struct btrfs_ioctl_dev_info_args>();
  if (args == nullptr) return number(info.Env(), -EINVAL);
  return number(info.Env(), uninterrupted([=] { return ::ioctl(fd, BTRFS_IOC_DEV_INFO, args); }));
}

/** btrfsFeatures(fd): the incompat bits, as bigint. */
Napi::Value features(const Napi::CallbackInfo& info) {
  const int fd = intAt(info, 0);
  struct btrfs_ioctl_feature_flags flags = {};
  const int64_t result = uninterrupted([&] { return ::ioctl(fd, BTRFS_IOC_GET_FEATURES, &flags); });
  if (result < 0) return number(info.Env(), result);
  return Napi::BigInt::New(info.Env(), static_cast<uint64_t>(flags.incompat_flags));
}

}  // namespace

void addBtrfs(Napi::Env env, Napi::Object exports) {
  add<searchTree>(env, exports, "searchTree");
  add<treeOf>(env, exports, "treeOf");
  add<deviceInfo>(env, exports, "btrfsDevice");
  add<features>(env, exports, "btrfsFeatures");
}

}  // namespace mapscope
