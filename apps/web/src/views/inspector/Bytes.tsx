import type { Message } from '@mapscope/shared/model';
import { MessagePart } from '@mapscope/shared/trace';
import { opcodeName } from '@mapscope/shared/wire';
import { useMemo } from 'react';
import { explain } from './bytes.ts';
import styles from './Inspector.module.css';

/** Request and reply as they went over /dev/fuse, each field with its name in the headers. */
export const Messages = ({ messages }: { readonly messages: readonly Message[] }) => (
  <>
    {messages.map((message) => (
      <MessageBytes key={`${message.role} ${message.at}`} message={message} />
    ))}
  </>
);

const names: Readonly<Record<MessagePart, string>> = {
  [MessagePart.request]: 'request',
  [MessagePart.reply]: 'reply',
  [MessagePart.replyBody]: 'reply without its header',
};

function MessageBytes({ message }: { readonly message: Message }) {
  const groups = useMemo(() => explain(message.bytes, message.opcode, message.role), [message]),
    left = message.length - BigInt(message.bytes.length);
  return (
    <details className={styles['bytes']} open>
      <summary>
        {opcodeName(message.opcode)} {names[message.role]}, {`${message.length}`} bytes
      </summary>
      {groups.map(({ title, lines }) => (
        <table key={lines[0]!.at}>
          <caption>{title}</caption>
          <tbody>
            {lines.map(({ at, hex, name, value, meaning }) => (
              <tr key={at} title={meaning}>
                <th scope="row">{at.toString(16).padStart(3, '0')}</th>
                <td className={styles['hex']}>{hex}</td>
                <td>
                  {name && <b>{name}</b>} {value}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      ))}
      {left > 0n && <p>{`${left}`} more bytes were not kept.</p>}
    </details>
  );
}
