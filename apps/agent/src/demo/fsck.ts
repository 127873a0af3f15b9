import { isDirectory, isFile } from './inode.ts';
import type { FileInode, Inode } from './inode.ts';
import { INLINE_BYTES } from './layout.ts';
import { deviceOfStrip, shapeOf } from './rows.ts';
import type { Volume } from './volume.ts';
import { ROOT } from './volume.ts';

/**
 * Every invariant of the metadata, checked the slow and simple way: a byte per block, a count per inode. Answers what is wrong, one
 * sentence each; nothing is sound.
 */
export function fsck(volume: Volume): string[] {
  const found: string[] = [],
    say = (text: string): void => void found.push(text);
  checkBlocks(volume, say);
  checkNames(volume, say);
  for (const inode of volume.inodes.values()) if (isFile(inode)) checkFile(inode, volume, say);
  return found;
}

type Say = (text: string) => void;

/** Each block above the reserved ones has exactly one owner: a file, or free, or held. */
function checkBlocks(volume: Volume, say: Say): void {
  const { devices, deviceBlocks, reservedBlocks } = volume.geometry;
  const owned = Array.from({ length: devices }, () => new Uint8Array(deviceBlocks));
  const claim = (device: number, from: number, to: number, who: string): void => {
    if (device < 0 || device >= devices || from < reservedBlocks || to > deviceBlocks)
      return say(`${who} has blocks ${from} to ${to} of device ${device}, which are not there`);
    for (let block = from; block < to; block++)
      if (++owned[device]![block]! > 1) say(`block ${block} of device ${device} has another owner besides ${who}`);
  };
  for (const inode of volume.inodes.values())
    if (isFile(inode))
      for (const { from, to, value } of inode.body.map) claim(value.device, value.at, value.at + to - from, `inode ${inode.ino}`);
  for (const [device, space] of volume.spaces.entries()) {
    for (const { from, to } of space.freeRuns()) claim(device, from, to, 'free space');
    for (const { from, to } of space.heldRuns()) claim(device, from, to, 'held space');
    const lost = owned[device]!.subarray(reservedBlocks).indexOf(0);
    if (lost >= 0) say(`block ${lost + reservedBlocks} of device ${device} has no owner`);
  }
}

/** The tree hangs together, and link counts are the names there are. */
function checkNames(volume: Volume, say: Say): void {
  const links = new Map<number, number>([[ROOT, 2]]),
    seen = new Set<number>();
  const add = (ino: number): void => void links.set(ino, (links.get(ino) ?? 0) + 1);
  const visit = (dir: Inode, parent: number): void => {
    if (!isDirectory(dir)) return;
    if (seen.has(dir.ino)) return say(`directory ${dir.ino} has two names`);
    seen.add(dir.ino);
    if (dir.body.names.parent !== parent) say(`".." of directory ${dir.ino} is ${dir.body.names.parent} instead of ${parent}`);
    for (const { name, ino } of dir.body.names.names()) {
      const inode = volume.inodes.get(ino);
      if (!inode) say(`"${name}" in directory ${dir.ino} names inode ${ino}, which is not there`);
      else {
        add(ino);
        if (isDirectory(inode)) {
          add(ino);
          add(dir.ino);
          visit(inode, dir.ino);
        }
      }
    }
  };
  const root = volume.inodes.get(ROOT);
  if (!root || !isDirectory(root)) return say('there is no root directory');
  visit(root, ROOT);
  for (const inode of volume.inodes.values()) {
    const counted = links.get(inode.ino) ?? (isDirectory(inode) ? 1 : 0);
    if (inode.nlink !== counted) say(`inode ${inode.ino} has ${counted} links and says ${inode.nlink}`);
    if (!links.has(inode.ino) && !inode.isReferenced) say(`inode ${inode.ino} has no name, and nobody knows it`);
  }
}

function checkFile(file: FileInode, volume: Volume, say: Say): void {
  const { map, delayed, inline } = file.body,
    who = `inode ${file.ino}`;
  if (file.size < 0n) say(`${who} has a negative size`);
  if (inline && (map.length > 0 || delayed.length > 0)) say(`${who} has both inline bytes and blocks`);
  if (inline && (inline.length > INLINE_BYTES || file.size > BigInt(INLINE_BYTES)))
    say(`${who} has ${inline.length} inline bytes and size ${file.size}`);
  for (const { from, to } of delayed)
    if (map.within(from, to).length > 0) say(`${who} has blocks ${from} to ${to} both delayed and mapped`);
  checkRuns(file, say);
  const shape = shapeOf(file, volume);
  if (!shape) return;
  for (const { from, to, value } of map)
    for (let block = from; block < to; block++) {
      const strip = Math.floor((block % shape.row) / shape.chunk);
      if (value.device !== deviceOfStrip(file, strip, volume)) say(`${who} has block ${block} of strip ${strip} on device ${value.device}`);
      if (block % shape.row === 0 && map.gaps(block, block + shape.row).length > 0) say(`${who} has an incomplete row at block ${block}`);
    }
}

/** Runs are in order, apart, and none continues the one before. */
function checkRuns({ ino, body: { map } }: FileInode, say: Say): void {
  let end = -1;
  for (const { from, to } of map) {
    if (from >= to || from < end) say(`inode ${ino} has runs out of order at block ${from}`);
    end = to;
  }
}
