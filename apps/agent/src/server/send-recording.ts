import type { Socket } from 'node:net';
import { type Appended, type Hub, Recorder, type RecorderOptions } from '../hub/index.ts';

export interface SendOptions {
  readonly hub: Hub;
  readonly recording: () => RecorderOptions;
}

/** Bytes that wait for a slow reader, before frames are left out. */
const MAX_WAITING = 8 << 20;
/** Frames that say something are sent as they come; how long the clock of empty ones may wait. */
const FLUSH_MS = 500;

/**
 * A line, then a recording of everything from now on. It is ended well when the other end half closes the connection, or by what this
 * function answers.
 */
export function sendRecording(socket: Socket, { hub, recording }: SendOptions): () => void {
  const recorder = new Recorder(hub.model, recording());
  const send = (next: Promise<Appended>): void => {
    void next.then(({ bytes }) => {
      if (socket.writable && bytes.length > 0) socket.write(bytes);
    });
  };
  const isBehind = (): boolean => socket.writableLength + recorder.packing > MAX_WAITING;
  socket.write('{"recording":true}\n');
  send(recorder.begin());
  const leave = hub.listen((frame) => {
    if (isBehind()) recorder.leaveOut(frame);
    else send(recorder.frame(frame));
  });
  const timer = setInterval(() => {
    if (!isBehind()) send(recorder.flush());
  }, FLUSH_MS);
  let isOver = false;
  const stop = (): void => {
    isOver = true;
    clearInterval(timer);
    leave();
  };
  const finish = (): void => {
    if (isOver) return;
    stop();
    void recorder.end().then(({ bytes }) => socket.end(bytes));
  };
  socket.on('close', stop);
  if (socket.readableEnded) finish();
  else socket.on('end', finish);
  socket.resume();
  return finish;
}
