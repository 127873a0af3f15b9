import { closeSync, constants, fsyncSync, ftruncateSync, openSync, statSync } from 'node:fs';
import { fallocate, pread, pwrite } from '@mapscope/native';
import { FallocFlag } from '@mapscope/shared/wire';

/*
 * Does random things to one file and compares it with a copy in memory after each: `exercise.ts PATH SEED STEPS LARGEST`. A process of its own,
 * since what it touches may lie on a mount.
 */
const [path = '', seed = '1', steps = '1000', largest = `${1 << 20}`] = process.argv.slice(2);
const MOST = Number(largest),
  PAGE = 4096;
let state = Number(seed) >>> 0 || 1,
  bytes = new Uint8Array(0);
/** xorshift32: the same seed, the same strokes. */
const random = (below: number): number => {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % below;
};
const openAs = (flags: number): number => openSync(path, constants.O_RDWR | constants.O_CREAT | flags, 0o644);
let fd = openAs(0);
const said: string[] = [];

const resize = (size: number): void => {
  const next = new Uint8Array(size);
  next.set(bytes.subarray(0, size));
  bytes = next;
};
const must = (what: string, want: number, got: number): void => {
  said.push(what);
  if (want !== got) fail(`${what} answered ${got}, not ${want}`);
};
function fail(why: string): never {
  process.stderr.write(`${said.slice(-20).join('\n')}\n${why} (seed ${seed}, step ${said.length})\n`);
  process.exit(1);
}
/** Memory that O_DIRECT takes: aligned, by way of an ArrayBuffer large enough to be cut. */
const filled = (n: number): Uint8Array => new Uint8Array(n).map(() => 1 + random(255));
const range = (): [number, number] => {
  const at = random(MOST - 1);
  return [at, 1 + random(Math.min(random(4) === 0 ? 200_000 : 9000, MOST - at))];
};

const strokes: readonly (() => void)[] = [
  function write() {
    const [at, n] = range(),
      data = filled(n);
    must(`write ${at} +${n}`, n, pwrite(fd, data, 0, n, BigInt(at)));
    if (at + n > bytes.length) resize(at + n);
    bytes.set(data, at);
  },
  function append() {
    const n = 1 + random(5000),
      at = bytes.length;
    if (at + n > MOST) return;
    const data = filled(n);
    must(`append ${at} +${n}`, n, pwrite(fd, data, 0, n, BigInt(at)));
    resize(at + n);
    bytes.set(data, at);
  },
  function truncate() {
    const size = random(MOST);
    ftruncateSync(fd, size);
    said.push(`truncate ${size}`);
    resize(size);
  },
  function punch() {
    const [at, n] = range();
    must(`punch ${at} +${n}`, 0, fallocate(fd, FallocFlag.PUNCH_HOLE | FallocFlag.KEEP_SIZE, BigInt(at), BigInt(n)));
    bytes.fill(0, at, Math.min(at + n, bytes.length));
  },
  function zero() {
    const [at, n] = range();
    must(`zero ${at} +${n}`, 0, fallocate(fd, FallocFlag.ZERO_RANGE, BigInt(at), BigInt(n)));
    if (at + n > bytes.length) resize(at + n);
    bytes.fill(0, at, at + n);
  },
  function allocate() {
    const [at, n] = range();
    must(`allocate ${at} +${n}`, 0, fallocate(fd, 0, BigInt(at), BigInt(n)));
    if (at + n > bytes.length) resize(at + n);
  },
  function sync() {
    fsyncSync(fd);
    said.push('fsync');
  },
  function reopen() {
    closeSync(fd);
    fd = openAs(0);
    said.push('reopen');
  },
  function direct() {
    const to = openAs(constants.O_DIRECT),
      n = PAGE * (1 + random(Math.min(8, Math.floor(MOST / PAGE) - 1))),
      at = PAGE * random(Math.max(1, Math.floor((MOST - n) / PAGE))),
      data = filled(n);
    must(`direct ${at} +${n}`, n, pwrite(to, data, 0, n, BigInt(at)));
    closeSync(to);
    if (at + n > bytes.length) resize(at + n);
    bytes.set(data, at);
  },
];
/** How often: mostly writes. */
const dice = [0, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 8];

function compare(from: number, to: number): void {
  const got = new Uint8Array(to - from),
    n = pread(fd, got, 0, got.length, BigInt(from));
  if (n !== got.length) fail(`read ${from} to ${to} answered ${n}`);
  const i = got.findIndex((b, i) => b !== bytes[from + i]);
  if (i >= 0) fail(`byte ${from + i} is ${got[i]}, not ${bytes[from + i]}`);
}

for (let i = 0; i < Number(steps); i++) {
  strokes[dice[random(dice.length)]!]!();
  const size = statSync(path).size;
  if (size !== bytes.length) fail(`the size is ${size}, not ${bytes.length}`);
  const from = random(bytes.length + 1);
  compare(from, Math.min(bytes.length, from + random(50_000)));
  if (i % 50 === 0) compare(0, bytes.length);
}
fsyncSync(fd);
compare(0, bytes.length);
closeSync(fd);
