import { checkFmap, daxdevRules } from './fmap-rules.ts';
import type { writeIn, writeOut } from './classic-io.ts';
import type { daxdevOut } from './famfs.ts';
import type { iomapBeginIn } from './iomap.ts';
import { checkDirents } from './kind-dirents.ts';
import type { Message } from './message.ts';
import { Opcode } from './opcodes.ts';
import { type BeginReply, checkReply } from './rules.ts';
import { checkWriteAnswer } from './rules-answer.ts';
import { checkEnd, type EndRequest } from './rules-end.ts';
import type { MappedFile } from './rules-mapping.ts';
import type { RowOf, Values } from './struct.ts';
import { broken, type Violation } from './violation.ts';

/**
 * The rules that the body of a message breaks. `asked`: arguments of the request that a reply answers; `file`: what is known of the file.
 * How the message itself is framed is `judge(replyKind)`’s question.
 */
export function checkMessage({ side, row, body }: Message, asked: Values | undefined, file: MappedFile = {}): Violation[] {
  if (!row || !body) return [];
  // Which struct it is follows from the opcode.
  const values: unknown = body.structs[0]?.values;
  if (side === 'request') return row.opcode === Opcode.IOMAP_END ? checkEnd(values as EndRequest) : [];
  if (body.fmap) return checkFmap(body.fmap);
  if (body.entries) return checkDirents(body.entries);
  switch (row.opcode) {
    case Opcode.IOMAP_BEGIN:
      return checkReply(asked as RowOf<typeof iomapBeginIn> | undefined, values as BeginReply, file);
    case Opcode.GET_DAXDEV:
      return broken(daxdevRules, (values as RowOf<typeof daxdevOut>).name, 'name');
    case Opcode.WRITE: {
      const { size, write_flags } = (asked ?? { size: 0, write_flags: 0 }) as RowOf<typeof writeIn>;
      return checkWriteAnswer({ writeFlags: write_flags, size, written: (values as RowOf<typeof writeOut>).size });
    }
    default:
      return [];
  }
}
