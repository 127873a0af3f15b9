import { expose, transfer } from 'comlink';
import { eventRows, openRecording } from '@mapscope/shared/trace';
import { isFlaw } from '@mapscope/shared/units';
import { Answerer } from './answer.ts';
import { browserWorld } from './browser-world.ts';
import { ClockSteps } from './clock-steps.ts';
import { noRecording } from './damage.ts';
import { EventRate } from './event-rate.ts';
import type { Feed } from './feed.ts';
import { inflate } from './inflate.ts';
import { Line } from './line.ts';
import type { Link } from './link.ts';
import type { Look, Pulse } from './look.ts';
import { Refusal } from './looking.ts';
import { OnScreen } from './on-screen.ts';
import { lossesOf } from './losses.ts';
import { OVERVIEW_BINS, overviewIn } from './overview.ts';
import { originOf, sourceViews } from './sources.ts';
import { buffersOf } from './transfer.ts';

/*
 * Owns the socket, decodes, reduces, and answers looks. The page hears a pulse (small, at most one a frame: the next waits until the
 * page took the last), then asks for the window it shows.
 */
/** How often the agent is asked how busy all of its recording was, milliseconds. */
const OVERVIEW_EVERY = 1000;

const answerer = new Answerer(),
  rate = new EventRate(),
  now = (): number => performance.now();
let link: Link = { is: 'connecting', attempt: 0, lostAt: undefined },
  /** Which recording is being opened; another number: it was let go. */
  opening = 0,
  /** The agent keeps a recording, as far as it has said. */
  isKept = true,
  /** A moment to show as soon as there is somebody to ask for it. */
  firstMoment: bigint | undefined;
let ring: ((pulse: Pulse) => Promise<void>) | undefined,
  isRinging = false,
  isStirred = false;

const line = new Line(
  browserWorld(),
  (frame) => {
    onScreen.frame(frame);
    rate.note(frame.count, now());
    if (frame.count > 0) stir();
    else clock.tick(rate.perSecond(now()) > 0);
  },
  (next) => {
    if (next.is !== 'live') onScreen.broken();
    link = next;
    if (next.is === 'live') greet();
    stir();
  },
);
const clock = new ClockSteps(stir);
const onScreen = new OnScreen(line, { now, changed: stir });

function stir(): void {
  isStirred = true;
  if (isRinging || !ring) return;
  isRinging = true;
  isStirred = false;
  void ring(pulse()).then(() => {
    isRinging = false;
    // Playing is one picture after the other, as fast as the page takes them.
    if (onScreen.tick() || isStirred) stir();
  });
}

/** A line that is up: what was kept before, and the moment that the address names. */
function greet(): void {
  isKept = true;
  askOverview();
  if (firstMoment !== undefined) void onScreen.seek(firstMoment);
  firstMoment = undefined;
}

function askOverview(): void {
  if (link.is !== 'live' || !isKept) return;
  line.looking.overview(OVERVIEW_BINS).then(
    (overview) => onScreen.hearOverview(overview),
    (why: unknown) => {
      if (!(why instanceof Refusal) || why.code !== 'E_NO_HISTORY') return;
      isKept = false;
      onScreen.hearOverview(undefined);
    },
  );
}

function pulse(): Pulse {
  const { model } = onScreen.shown,
    replay = onScreen.view;
  return {
    link: link.is === 'file' ? { ...link, damage: onScreen.damage ?? link.damage } : link,
    until: replay?.at ?? model.until,
    newest: onScreen.newest,
    replay,
    isRecorded: onScreen.isRecorded,
    origin: originOf(model),
    version: model.version,
    rows: onScreen.rows,
    rate: link.is === 'live' && !replay ? rate.perSecond(now()) : 0,
    ...lossesOf(model),
    skipped: model.skipped,
    files: model.files.size,
    isSettled: onScreen.isSettled,
    sources: sourceViews(model),
  };
}

const feed: Feed = {
  start(onPulse, reducesMotion) {
    ring = onPulse;
    clock.isReduced = reducesMotion;
    line.start();
    stir();
    // The rate falls to 0 by itself: nobody rings for events that do not come.
    setInterval(() => rate.isMoving(now()) && stir(), 500);
    setInterval(askOverview, OVERVIEW_EVERY);
  },
  look(look: Look) {
    const { shown } = onScreen,
      answer = answerer.answer(shown, look, now()),
      to = look.ops.end ?? shown.model.until;
    onScreen.cover(to > look.ops.span ? to - look.ops.span : 0n, to);
    return transfer(answer, buffersOf([answer.file, answer.files, answer.ops]));
  },
  freeze: () => onScreen.freeze(),
  async seek(at) {
    if (link.is === 'live' || link.is === 'file') await onScreen.seek(at);
    else firstMoment = at;
  },
  play: () => onScreen.play(),
  setSpeed: (speed) => onScreen.setSpeed(speed),
  step: (by, unit, inode) => onScreen.step(by, unit, inode),
  momentsBefore(file) {
    const moments = onScreen.momentsBefore(file);
    return transfer(moments, buffersOf(moments));
  },
  live: () => onScreen.live(),
  refresh(inode) {
    line.refresh(inode);
  },
  retry() {
    line.retry();
  },
  async open(file) {
    const mine = ++opening,
      { name, size } = file;
    line.stop();
    rate.reset();
    onScreen.letGo();
    link = { is: 'reading', name, done: 0, total: size };
    stir();
    const read = async (at: number, length: number): Promise<Uint8Array> => {
      if (mine === opening && link.is === 'reading') link = { is: 'reading', name, done: at, total: size };
      return new Uint8Array(await file.slice(at, at + length).arrayBuffer());
    };
    const recording = await openRecording({ size, read }, inflate);
    if (mine !== opening) return;
    if (isFlaw(recording)) link = { is: 'file', name, rows: 0, damage: noRecording(recording) };
    else {
      const overview = await overviewIn(recording);
      if (mine !== opening) return;
      await onScreen.open(recording, overview);
      if (mine !== opening) return;
      link = { is: 'file', name, rows: eventRows(recording.entries), damage: onScreen.damage };
    }
    stir();
  },
  leaveFile() {
    opening++;
    onScreen.letGo();
    link = { is: 'connecting', attempt: 0, lostAt: undefined };
    line.start();
    stir();
  },
};

expose(feed);
