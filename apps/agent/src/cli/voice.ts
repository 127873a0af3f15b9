import { type Problem, problem } from '@mapscope/shared/units';
import type { Place } from './place.ts';

/** How a command speaks: to a person, or with `--json` to a script. One of the two is silent. */
export interface Voice {
  readonly isJson: boolean;
  /** Standard output, for people only. A line end within a line is a name's, and is spelled out. */
  readonly say: (...lines: readonly string[]) => void;
  /** One line of JSON on standard output, for scripts only. Keys and values as they are: no bigint. */
  readonly tell: (value: object) => void;
  /** Standard error, for people, and for whoever reads the log of a script. */
  readonly hint: (sentence: string) => void;
  /** One sentence and the way out on standard error; with `--json` the error object on standard output. */
  readonly refuse: (why: Problem) => void;
  readonly bold: (text: string) => string;
  readonly faint: (text: string) => string;
}

export function voice(place: Pick<Place, 'stdout' | 'stderr' | 'surroundings'>, isJson: boolean): Voice {
  const { stdout, stderr, surroundings } = place;
  const isColored = !isJson && stdout.isTTY === true && !surroundings.env['NO_COLOR'];
  const line = (stream: NodeJS.WritableStream, text: string): void => void stream.write(`${text}\n`),
    words = (stream: NodeJS.WritableStream, text: string): void => line(stream, harmless(text));
  const style = (code: number, text: string): string => (isColored ? `\u001B[${code}m${text}\u001B[0m` : text);
  return {
    isJson,
    say: (...lines) => {
      if (!isJson) for (const text of lines) words(stdout, oneLine(text));
    },
    tell: (value) => {
      if (isJson) line(stdout, JSON.stringify(value));
    },
    hint: (sentence) => words(stderr, oneLine(sentence)),
    refuse: ({ code, message, help }) => {
      if (isJson) line(stdout, JSON.stringify({ error: { code, message, help } }));
      // What is thrown as a bug has a stack of many lines.
      else words(stderr, [code === 'E_BUG' ? message : oneLine(message), help].filter(Boolean).map(asSentence).join(' '));
    },
    bold: (text) => style(1, text),
    faint: (text) => style(2, text),
  };
}

/** A name with a line end would look like two; `ls -b` spells it so too. */
const oneLine = (text: string): string => text.replaceAll('\n', String.raw`\n`);

/** Names of files are whatever somebody made them: what would steer a terminal is spelled out. Line ends, tabs and our own styles pass. */
const harmless = (text: string): string =>
  text.replaceAll(/\p{Cc}(?:\[[012]m)?/gu, (found) => {
    const first = found.charAt(0);
    if (first === '\n' || first === '\t' || (first === '\u001B' && found.length > 1)) return found;
    return `\\x${first.charCodeAt(0).toString(16).padStart(2, '0')}${found.slice(1)}`;
  });

/** What begins with a command to copy is left as it is, and what ends with one has no full stop: both would be copied too. */
const asSentence = (words: string): string => {
  const text = isCommand.test(words) ? words : words.charAt(0).toUpperCase() + words.slice(1);
  return /[.!?:]$/.test(text) || isLastCommand.test(text) ? text : `${text}.`;
};
const commands = '(?:sudo|npx|npm|mapscope|docker|podman|nsenter|apt-get|mount|modprobe|chmod)',
  isCommand = new RegExp(`^${commands} `),
  isLastCommand = new RegExp(`(?:: |^)${commands} [^:]*$`);

/** Anything thrown, as the problem that is said of it. */
export const bug = (error: unknown): Problem =>
  problem('E_BUG', error instanceof Error ? (error.stack ?? error.message) : String(error), 'This is a bug of mapscope: please report it');
