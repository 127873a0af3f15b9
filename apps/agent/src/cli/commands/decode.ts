import { sayFlaw } from '@mapscope/shared/units';
import {
  codesOf,
  explainKind,
  explainMessage,
  judge,
  type Kind,
  kindOf,
  kinds,
  type Plain,
  plainMessage,
  readMessage,
  sayViolation,
  uncheckedCodes,
  type Verdict,
} from '@mapscope/shared/wire';
import { refused } from '../../host/index.ts';
import { askedOf, opcodeOf } from '../context.ts';
import { decodeStream } from '../decode-stream.ts';
import { type Form, wholeInput } from '../input.ts';
import { linesOf } from '../parts.ts';
import type { Run } from '../program.ts';
import { errorOf } from '../wire-error.ts';

interface Options {
  readonly as: string;
  readonly from?: Form;
  readonly opcode?: string;
  readonly context?: string;
}

const STREAM = 'fuse-stream';
/** No kind is longer; only a stream is. */
const MOST_BYTES = 16 << 20;

/** Explains the bytes of standard input. 1 when they are not what they are said to be. */
export const decode: Run<Options> = async ({ place, voice, options }) => {
  const kind = kindOf(options.as),
    asked = askedOf(options.context),
    known = opcodeOf(options.opcode);
  if (!kind && options.as !== STREAM)
    throw refused('E_KIND', `"${options.as}" is no kind of bytes`, `There are ${[STREAM, ...kinds.keys()].join(', ')}`);
  if (place.stdin.isTTY) voice.hint('Reading standard input.');
  if (!kind) return await decodeStream(place, voice, options.from);

  const bytes = await wholeInput(place.stdin, options.from, MOST_BYTES),
    verdict = judge(kind, bytes, asked),
    side = kind.name === 'request' || kind.name === 'reply' ? kind.name : undefined,
    message = side && readMessage(bytes, side, known);
  const unchecked = kind.name === 'iomap_begin_out' && verdict.value !== undefined ? uncheckedCodes(asked.operation, asked.file) : [];
  voice.tell({ ...told(kind, verdict), ...(message && bodyOf(message)), ...(unchecked.length > 0 && { unchecked }) });
  const parts = side ? explainMessage(bytes, side, known) : explainKind(kind, bytes);
  for (const line of linesOf(parts, bytes, voice)) voice.say(line);
  for (const warning of verdict.warnings) voice.say(`! ${sayFlaw(warning)}`);
  for (const remark of verdict.remarks) voice.say(`! ${sayViolation(remark)}`);
  if (message?.flaw && !verdict.flaw) voice.say(`! ${message.name}: ${sayFlaw(message.flaw)}`);
  if (unchecked.length > 0) voice.say(`Not judged without more of --context: ${unchecked.join(', ')}.`);
  for (const line of [...(verdict.flaw ? [sayFlaw(verdict.flaw)] : []), ...verdict.errors.map(sayViolation)])
    if (!voice.isJson) voice.hint(`✕ ${line}`);
  return verdict.isValid ? 0 : 1;
};

/** `{valid, value | error, …}`; codes as in the vectors. */
function told(kind: Kind, verdict: Verdict): Readonly<Record<string, unknown>> {
  const { isValid, value, more, warnings, remarks } = verdict,
    error = errorOf(verdict.flaw, verdict.errors, `docs/wire.md says what ${kind.name} is`);
  return {
    valid: isValid,
    ...(value !== undefined && { value }),
    ...(error && { error }),
    ...(warnings.length > 0 && { warnings: codesOf(warnings), warned: warnings }),
    ...(remarks.length > 0 && { remarks }),
    ...(more !== undefined && { more }),
  };
}

/** What is behind the header, where its opcode says what that is. */
function bodyOf(message: ReturnType<typeof readMessage>): Readonly<Record<string, unknown>> {
  const plain = plainMessage(message)?.['body'] as Plain | undefined,
    error = errorOf(message.flaw, [], 'docs/wire.md says what each opcode has');
  return { ...(message.name && { name: message.name }), ...(plain !== undefined ? { body: plain } : error && { body_error: error }) };
}
