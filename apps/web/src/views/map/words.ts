import { How, MapType } from '@mapscope/shared/trace';
import { MapFlag } from '@mapscope/shared/wire';
import { sayBytes } from '../../axis/index.ts';
import { type Box, laneIn, roughWidth, type Words } from '../../draw/index.ts';
import type { FileWindow } from '../../feed/window.ts';
import { sayDirt } from '../folio-bars.ts';
import { nameOf } from '../hit.ts';
import { deviceWords } from './device-words.ts';
import type { MapScene, Piece } from './scene.ts';

const LABEL_PX = 58,
  TAG_PX = 40,
  RAILS_PX = 7;

const middle = (box: Box): number => box.y + box.h / 2;

/** Everything that is written into the map. */
export function wordsOf(scene: MapScene, file: FileWindow): Words[] {
  const { lanes, map } = scene;
  return [
    ...gutter(scene, file),
    ...sayDirt(scene.folios.bars, laneIn(scene.axis, lanes.folios)),
    ...map.pieces.flatMap(pieceWords),
    ...map.pieces.flatMap(tagsOf),
    ...pendingWords(scene.pending, lanes.right),
    ...stubWords(scene),
    ...deviceWords(scene),
    ...(scene.sharer ? scene.sharer.map.pieces.flatMap(pieceWords) : []),
  ];
}

/** What the lanes are, at the left. */
function gutter({ lanes, sharer, name }: MapScene, { totals }: FileWindow): Words[] {
  const x = lanes.left - 10,
    out: Words[] = [];
  const say = (text: string, y: number, role: Words['role'] = 'lane'): void =>
    void out.push({ text, x, y, role, align: 'right', room: x - 6, isCut: role === 'name' });
  say('whole file', middle(lanes.whole));
  say(name, lanes.axisY - 6, 'name');
  const busy = totals.dirty > 0n ? totals.dirty : totals.writeback;
  if (busy > 0n) {
    say('folios', middle(lanes.folios) - 6);
    say(sayBytes(busy), middle(lanes.folios) + 7, totals.dirty > 0n ? 'dirty' : 'writeback');
  } else say('folios', middle(lanes.folios));
  say('pending', middle(lanes.pending));
  say('map', middle(lanes.map));
  if (sharer && lanes.sharer) {
    say(nameOf(sharer.path), lanes.sharer.y + 7, 'name');
    say(sharer.more > 0 ? `shares +${sharer.more}` : 'shares', lanes.sharer.y + 20, 'shared');
  }
  return out;
}

/** The name of a piece, where it fits: what it is, and how large all of it is. */
function pieceWords(piece: Piece): Words[] {
  const { box, type } = piece,
    size = sayBytes(piece.to - piece.from),
    isShared = (piece.flags & MapFlag.SHARED) !== 0,
    // Above the two rails of what is shared.
    y = box.y + (box.h - (isShared ? RAILS_PX : 0)) / 2,
    x = box.x + box.w / 2,
    room = box.w - 12;
  if (type === MapType.UNKNOWN) {
    if (box.w < 10) return [];
    const text = piece.since > 0n ? '? not known since a loss' : '? not known';
    return [{ text: roughWidth(text, 'plate') < room ? text : '?', x, y, role: 'plate', align: 'center' }];
  }
  if (box.w < LABEL_PX) return [];
  if (piece.how === How.unknown) return [{ text: `${size}, may be old`, x, y, role: 'plate', align: 'center', room }];
  if (type === MapType.HOLE) return [{ text: `hole ${size}`, x, y, role: 'plate', align: 'center', room }];
  if (type === MapType.UNWRITTEN) return [{ text: `unwritten ${size}`, x, y, role: 'plate', align: 'center', room, plate: 'unwritten' }];
  if (type === MapType.DELALLOC)
    return [{ text: `delalloc ${size}`, x, y, role: 'plate', align: 'center', room, plate: 'delalloc-ground' }];
  const text = type === MapType.INLINE ? `inline ${size}` : isShared ? `${size} shared` : size;
  return [{ text, x: box.x + 7, y, role: 'onData', align: 'left', room }];
}

const tags: readonly (readonly [mask: number, letters: string])[] = [
  [MapFlag.STALE, 'St'],
  [MapFlag.SIZE_CHANGED, 'Sz'],
  [MapFlag.ANON_WRITE, 'An'],
  [MapFlag.ATOMIC_BIO, 'At'],
  [MapFlag.WANT_IOMAP_END, 'We'],
];

/** Flags without a mark of their own have letters above the mapping, from 40 px on. */
function tagsOf({ flags, box }: Piece): Words[] {
  if (box.w < TAG_PX) return [];
  return tags
    .filter(([mask]) => (flags & mask) !== 0)
    .map(([, text], k) => ({ text, x: box.x + 14 + 20 * k, y: box.y - 2, role: 'tag', align: 'center' }));
}

/** Beside the piece, since the row is low; left out where the next piece or the end of the lane is. */
function pendingWords(pending: readonly Piece[], right: number): Words[] {
  return pending.flatMap((piece, k): Words[] => {
    const text = `${piece.type === MapType.DELALLOC ? 'delalloc' : 'copy on write'} ${sayBytes(piece.to - piece.from)}`,
      x = piece.box.x + piece.box.w + 6,
      room = Math.min(right, pending[k + 1]?.box.x ?? right) - x;
    return roughWidth(text, 'plate') > room ? [] : [{ text, x, y: middle(piece.box), role: 'plate', align: 'left' }];
  });
}

const STUB_LABEL_PX = 90,
  NEAR_PX = 84;

/** What the stubs mean. "Not asked yet" is said of dirty bytes for which nobody answered anything: it is never called delalloc. */
function stubWords({ stubs, threads, lanes }: MapScene): Words[] {
  const out: Words[] = stubs
    .filter(({ w }) => w > STUB_LABEL_PX)
    .map((box) => ({ text: 'no place yet', x: box.x + box.w / 2, y: box.y + box.h - 11, role: 'plate', align: 'center' }));
  const groups: { x0: number; x1: number }[] = [];
  for (const thread of threads) {
    if (thread.end !== 'unasked') continue;
    const last = groups.at(-1);
    if (last && thread.x0 - last.x1 < NEAR_PX) last.x1 = thread.x1;
    else groups.push({ x0: thread.x0, x1: thread.x1 });
  }
  groups.forEach(({ x0, x1 }, k) => {
    const text = 'not asked yet',
      width = roughWidth(text, 'plate') + 8,
      y = lanes.ribbons.y + frayOf(lanes.ribbons) - 11;
    if (x1 - x0 > STUB_LABEL_PX) out.push({ text, x: (x0 + x1) / 2, y, role: 'plate', align: 'center' });
    else if (x1 + 10 + width < Math.min(lanes.right, groups[k + 1]?.x0 ?? lanes.right))
      out.push({ text, x: x1 + 10, y, role: 'plate', align: 'left' });
    else if (x0 - 10 - width > Math.max(lanes.left, groups[k - 1]?.x1 ?? lanes.left))
      out.push({ text, x: x0 - 10, y, role: 'plate', align: 'right' });
  });
  return out;
}

const FRAY_PX = 64;
/** How far what has no place frays out. */
export const frayOf = (ribbons: Box): number => Math.min(FRAY_PX, ribbons.h * 0.4);
