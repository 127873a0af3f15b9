import { type Flaw, flaw } from '../../units/index.ts';
import type { Volume } from '../volume.ts';

/** Bytes of the superblock that are needed. */
export const XFS_SUPERBLOCK = 128;
const MAGIC = 0x5846_5342;
const MOST_BLOCK = 65_536;

/** What packs block numbers, from the first bytes of the device. All numbers are big-endian. Fact: struct xfs_dsb, fs/xfs/libxfs/xfs_format.h. */
export function xfsGeometry(bytes: Uint8Array): Required<Pick<Volume, 'blockSize' | 'groups'>> | Flaw {
  if (bytes.length < XFS_SUPERBLOCK)
    return flaw({ code: 'E_SHORT', at: 0, field: 'xfs_dsb', found: `${bytes.length} bytes`, allowed: `${XFS_SUPERBLOCK} bytes` });
  const view = new DataView(bytes.buffer, bytes.byteOffset, XFS_SUPERBLOCK),
    magic = view.getUint32(0),
    blockSize = view.getUint32(4),
    blocks = view.getUint32(84),
    log = view.getUint8(124);
  if (magic !== MAGIC) return flaw({ code: 'E_MAGIC', at: 0, field: 'sb_magicnum', found: `0x${magic.toString(16)}`, allowed: 'XFSB' });
  if (blockSize < 512 || blockSize > MOST_BLOCK || blocks === 0 || log > 31 || blocks > 2 ** log)
    return flaw({
      code: 'E_RANGE',
      at: 4,
      field: 'xfs_dsb',
      found: `${blocks} blocks of ${blockSize}, log ${log}`,
      allowed: 'a group that its log holds',
    });
  return { blockSize, groups: { blocks, log } };
}
