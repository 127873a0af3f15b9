import type { Readable } from 'node:stream';

/** A line longer than this is no message of ours; the pipe between two of our own processes is then broken. */
const MAX_LINE = 1 << 20;

/**
 * Calls `take` with each line of `stream` without its newline, in order. A rest without newline is dropped: its writer was cut off.
 * `ended` is called once, at the end of file, after an error, or behind a line over 1 MiB.
 */
export function readLines(stream: Readable, take: (line: string) => void, ended: () => void): void {
  let rest = '',
    isOver = false;
  const end = (): void => {
    if (isOver) return;
    isOver = true;
    ended();
  };
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    for (const line of parts) if (!isOver && line !== '') take(line);
    if (rest.length > MAX_LINE) stream.destroy();
  });
  stream.on('end', end);
  stream.on('close', end);
  stream.on('error', end);
}

/** A line as the object it should be; `undefined` for anything else. */
export function parseLine(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
