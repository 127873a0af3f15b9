import { expose, transfer } from 'comlink';
import type { RecordingHeader } from '@mapscope/shared/trace';
import { Answerer } from './answer.ts';
import { browserWorld } from './browser-world.ts';
import type { Feed } from './feed.ts';
import { inflate } from './inflate.ts';
import { Line } from './line.ts';
import type { Link } from './link.ts';
import type { Look, Pulse } from './look.ts';
import { EventRate } from './event-rate.ts';
import { Picture } from './picture.ts';
import { readRecording } from './read-recording.ts';
import { originOf, sourceViews } from './sources.ts';
import { buffersOf } from './transfer.ts';

/*
 * Owns the socket, decodes, reduces, and answers looks. The page hears a pulse (small, at most one a frame: the next waits until the
 * page took the last), then asks for the window it shows.
 */
let picture = new Picture(),
  answerer = new Answerer(),
  link: Link = { is: 'connecting', attempt: 0, lostAt: undefined },
  isPaused = false,
  /** Which recording is being read; another number: it was let go. */
  opening = 0;
const rate = new EventRate();
let ring: ((pulse: Pulse) => Promise<void>) | undefined,
  isRinging = false,
  isStirred = false;

const line = new Line(
  browserWorld(),
  (frame) => {
    picture.apply(frame);
    // Who pauses before there is a picture gets the first one, and then it stands still.
    if (isPaused && picture.isSettled) line.pause(true);

    rate.note(frame.count, performance.now());
    stir();
  },
  (next) => {
    if (next.is !== 'live') picture.giveUpFilling();
    link = next;
    stir();
  },
);

function stir(): void {
  isStirred = true;
  if (isRinging || !ring) return;
  isRinging = true;
  isStirred = false;
  void ring(pulse()).then(() => {
    isRinging = false;
    if (isStirred) stir();
  });
}

function pulse(): Pulse {
  const { model } = picture,
    losses = model.losses.list();
  return {
    link,
    until: model.until,
    origin: originOf(model),
    version: model.version,
    rows: picture.rows,
    rate: link.is === 'live' && !isPaused ? rate.perSecond(performance.now()) : 0,
    lost: model.lost,
    losses: model.losses.total,
    lossesUnknown: losses.filter(({ rows }) => rows < 0n).length,
    skipped: model.skipped,
    files: model.files.size,
    isPaused,
    isSettled: picture.isSettled,
    sources: sourceViews(model),
  };
}

const feed: Feed = {
  start(onPulse) {
    ring = onPulse;
    line.start();
    stir();
    // The rate falls to 0 by itself: nobody rings for events that do not come.
    setInterval(() => rate.isMoving(performance.now()) && stir(), 500);
  },
  look(look: Look) {
    const answer = answerer.answer(picture, look, performance.now());
    return transfer(answer, buffersOf([answer.file, answer.files, answer.ops]));
  },
  pause(yes) {
    isPaused = yes;
    line.pause(yes && picture.isSettled);
    stir();
  },
  refresh(inode) {
    line.refresh(inode);
  },
  retry() {
    line.retry();
  },
  async open(file) {
    const mine = ++opening;
    line.stop();
    rate.reset();
    let next = new Picture();
    link = { is: 'reading', name: file.name, done: 0, total: 1 };
    stir();
    const source = {
      size: file.size,
      read: async (at: number, length: number) => new Uint8Array(await file.slice(at, at + length).arrayBuffer()),
    };
    const report = await readRecording(source, inflate, {
      header: (header: RecordingHeader) => (next = new Picture({ pageSize: BigInt(header.pageSize || 4096) })),
      frame: (frame) => next.apply(frame),
      keyframeEnd: () => next.endFilling(),
      progress(done, total) {
        if (mine !== opening) return;
        link = { is: 'reading', name: file.name, done, total };
        stir();
      },
      isCancelled: () => mine !== opening,
    });
    if (mine !== opening) return;
    next.isSettled = true;
    picture = next;
    answerer = new Answerer();
    link = { is: 'file', name: file.name, frames: report.frames, damage: report.damage };
    stir();
  },
  leaveFile() {
    opening++;
    picture = new Picture();
    answerer = new Answerer();
    link = { is: 'connecting', attempt: 0, lostAt: undefined };
    line.start();
    stir();
  },
};

expose(feed);
