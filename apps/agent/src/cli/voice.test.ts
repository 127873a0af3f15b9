import { PassThrough } from 'node:stream';
import { problem } from '@mapscope/shared/units';
import { describe, expect, test } from 'vitest';
import { voice } from './voice.ts';

const surroundings = { env: {}, uid: 0, home: '/', tmp: '/' };
function speak(isTTY = false): { readonly said: ReturnType<typeof voice>; out(): string; err(): string } {
  const stdout = Object.assign(new PassThrough(), { isTTY }),
    stderr = new PassThrough();
  return {
    said: voice({ stdout, stderr, surroundings }, false),
    out: () => String(stdout.read() ?? ''),
    err: () => String(stderr.read() ?? ''),
  };
}

describe('voice', () => {
  test('spells out what would steer a terminal: names of files are whatever somebody made them', () => {
    const { said, out, err } = speak(),
      name = 'a\u001B]0;title\u0007\u001B[2Jb\r\u009B1m\u007F\tc';
    said.say(name);
    said.hint(name);
    said.refuse(problem('E_FILE', `${name} does not exist`, 'Name a file'));
    const spelled = String.raw`a\x1b]0;title\x07\x1b[2Jb\x0d\x9b1m\x7f` + '\tc';
    expect(out()).toBe(`${spelled}\n`);
    expect(err()).toBe(`${spelled}\nA${spelled.slice(1)} does not exist. Name a file.\n`);
  });

  test('says a name with a line end in one line, and a bug in all of its own', () => {
    const { said, out, err } = speak();
    said.say('a\nb  5 bytes', '', 'c\n');
    said.hint('a\nb is damaged');
    said.refuse(problem('E_FILE', 'a\nb does not exist', 'Name a file'));
    said.refuse(problem('E_BUG', 'Error: x\n    at y', 'report it'));
    expect(out()).toBe(String.raw`a\nb  5 bytes` + '\n\n' + String.raw`c\n` + '\n');
    expect(err()).toBe(
      String.raw`a\nb is damaged` + '\n' + String.raw`A\nb does not exist. Name a file.` + '\nError: x\n    at y. Report it.\n',
    );
  });

  test('puts no full stop behind a command: it would be copied too', () => {
    const { said, err } = speak();
    said.refuse(problem('E_PRIVILEGE', 'that is root’s', 'Run it as root: sudo npx mapscope watch /a'));
    said.refuse(problem('E_FILE', '/a:b does not exist', 'name a file'));
    expect(err()).toBe('That is root’s. Run it as root: sudo npx mapscope watch /a\n/a:b does not exist. Name a file.\n');
  });

  test('leaves a command as it is that a sentence begins with, or that is all of it', () => {
    const { said, err } = speak();
    said.refuse(problem('E_PRIVILEGE', 'no events here', 'docker run --cap-add SYS_ADMIN; or run mapscope outside of it.'));
    said.refuse(problem('E_TRACEFS', 'no tracefs here', 'mount -t tracefs tracefs /sys/kernel/tracing'));
    expect(err()).toBe(
      'No events here. docker run --cap-add SYS_ADMIN; or run mapscope outside of it.\nNo tracefs here. mount -t tracefs tracefs /sys/kernel/tracing\n',
    );
  });

  test('keeps its own bold and faint, on a terminal alone', () => {
    const terminal = speak(true),
      pipe = speak(false);
    for (const { said } of [terminal, pipe]) said.say(`${said.bold('é')} ${said.faint('b')}`);
    expect([terminal.out(), pipe.out()]).toEqual(['\u001B[1mé\u001B[0m \u001B[2mb\u001B[0m\n', 'é b\n']);
  });
});
