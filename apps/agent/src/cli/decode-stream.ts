import { sayFlaw } from '@mapscope/shared/units';
import { codesOf, errnoName, FuseStream, isError, plainMessage, sayViolation, type StreamMessage, whyUnknown } from '@mapscope/shared/wire';
import { drained } from './drained.ts';
import { bytesOf, type Form } from './input.ts';
import type { Place } from './place.ts';
import type { Voice } from './voice.ts';
import { errorOf } from './wire-error.ts';

/** Messages of one FUSE connection, back to back: a line each. 1 when one of them is not as it should be. */
export async function decodeStream({ stdin, stdout }: Place, voice: Voice, form: Form | undefined): Promise<number> {
  const stream = new FuseStream();
  let isValid = true;
  const tell = async (one: StreamMessage): Promise<void> => {
    if (!isWhole(one)) isValid = false;
    voice.tell(told(one, stream));
    voice.say(said(one));
    for (const violation of one.violations) voice.say(`  ${isError(violation) ? '✕' : '!'} ${sayViolation(violation)}`);
    if (stdout.writableNeedDrain && !stdout.destroyed) await drained(stdout);
  };
  for await (const bytes of bytesOf(stdin, form)) for (const one of stream.push(bytes)) await tell(one);
  const cut = stream.end();
  if (cut) await tell(cut);
  return isValid ? 0 : 1;
}

const isWhole = ({ flaw, violations }: StreamMessage): boolean => !flaw && !violations.some(isError);

/** What its opcode stands for; `unknown` where nobody can say. */
const nameOf = ({ message }: StreamMessage): string =>
  message?.name ? (message.name.endsWith('?') ? 'unknown' : message.name) : 'unknown';

function told(one: StreamMessage, { init }: FuseStream): Readonly<Record<string, unknown>> {
  const { at, message, flaw, violations } = one,
    remarks = violations.filter((violation) => !isError(violation)),
    error = errorOf(flaw, violations.filter(isError), 'docs/wire.md says what each opcode has'),
    value = message && plainMessage(message),
    opcode = message?.header && 'opcode' in message.header ? message.header.opcode : undefined,
    why = opcode === undefined ? undefined : whyUnknown(opcode, init);
  return {
    at,
    ...(message && { side: message.side, name: nameOf(one) }),
    ...(why !== undefined && { why }),
    valid: isWhole(one),
    ...(value && { value }),
    ...(error && { error }),
    ...(message && message.warnings.length > 0 && { warnings: codesOf(message.warnings) }),
    ...(remarks.length > 0 && { remarks }),
  };
}

const arrows = { request: '→', reply: '←', notification: '⇐' } as const;

/** One line for people: where, which way, what, and what is in it. */
function said(one: StreamMessage): string {
  const { at, message, flaw } = one;
  if (!message?.header) return `${at}  ✕ ${flaw ? sayFlaw(flaw) : ''}`;
  const { header } = message,
    about = 'nodeid' in header ? ` node ${header.nodeid}` : header.error < 0 ? ` -${errnoName(header.error)}` : '',
    body = plainMessage(message)?.['body'];
  const inside = flaw ? `✕ ${sayFlaw(flaw)}` : body === undefined ? '' : JSON.stringify(body);
  return `${at}  ${arrows[message.side]} ${nameOf(one)} #${header.unique}${about}  ${inside}`.trimEnd();
}
