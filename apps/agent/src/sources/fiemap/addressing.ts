import { sayDevice } from '@mapscope/shared/units';
import { superOption } from '@mapscope/shared/wire';
import { blockDeviceOf, type Filesystem } from '../../host/index.ts';
import { readChunkTree } from './chunk-tree.ts';
import { type Addressing, logical } from './places.ts';

/** Those that lie on one block device and count from its start. Others may spread over several, and then say only their own numbers. */
const onOneDevice = new Set(['ext2', 'ext3', 'ext4', 'xfs']);

/** What the addresses of a filesystem are now. `fd` is any open file of it. */
export async function addressingOf(fd: number, filesystem: Filesystem): Promise<Addressing> {
  const { type, device, mount } = filesystem;
  if (type === 'btrfs') return readChunkTree(fd);
  if (!onOneDevice.has(type)) return logical(`it is not known here where ${type} puts its addresses`, 'ext4, XFS and btrfs are known.');
  // FIEMAP does not say which of the two it means. Fact: xfs(5), mount option rtdev.
  if (superOption(mount, 'rtdev') !== undefined)
    return logical(
      'this XFS has a realtime device, and FIEMAP does not say which of the two it means',
      '`xfs_io -c stat FILE` says where a file is.',
    );
  const path = blockDeviceOf(device);
  return path === undefined
    ? logical(`its block device ${sayDevice(device)} has no node in /dev here`, 'In a container: docker run --device.')
    : { kind: 'device', device: path };
}
