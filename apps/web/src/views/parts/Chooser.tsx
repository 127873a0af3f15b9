import { useRef } from 'react';
import { useScope } from '../scope.ts';

/** Opens a recording of this machine in this page; nothing is sent. */
export function Chooser({
  label,
  className,
  title,
}: {
  readonly label: string;
  readonly className: string | undefined;
  readonly title?: string;
}) {
  const { feed } = useScope(),
    input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        type="file"
        hidden
        aria-label="Recording"
        onChange={(event) => {
          const file = event.target.files?.[0];
          if (file) feed.open(file);
          // The same file may be chosen again.
          event.target.value = '';
        }}
      />
      <button className={className} title={title} onClick={() => input.current?.click()}>
        {label}
      </button>
    </>
  );
}
