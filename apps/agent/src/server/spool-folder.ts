import { open, unlink } from 'node:fs/promises';
import type { SpoolFolder } from '../hub/index.ts';
import { bytesAt } from '../recordings/index.ts';

/** The folder this process stands in: the only one it may write to once it has shed its privileges (`shed.ts`). */
export const ownFolder: SpoolFolder = {
  create: async (name) => {
    const file = await open(name, 'w', 0o600);
    let size = 0;
    return {
      append: async (bytes) => {
        for (let done = 0; done < bytes.length;) {
          const { bytesWritten } = await file.write(bytes, done);
          done += bytesWritten;
        }
        size += bytes.length;
      },
      close: async () => {
        // After an error: half a block is no use to a reader, and the disk is short of room.
        await file.truncate(size).catch(() => undefined);
        await file.close();
      },
    };
  },
  read: async (name, at, length) => {
    const file = await open(name, 'r');
    try {
      return await bytesAt(file, at, length);
    } finally {
      await file.close();
    }
  },
  remove: (name) => unlink(name),
};
