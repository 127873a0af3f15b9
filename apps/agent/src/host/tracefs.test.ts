import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { keepsFromCalls } from './tracefs.ts';

test('keepsFromCalls says of a kernel without events for system calls what is missing, and nothing of one with them', () => {
  const tracefs = mkdtempSync(join(tmpdir(), 'mapscope-calls-'));
  try {
    expect(keepsFromCalls(tracefs)).toEqual({
      why: 'this kernel does not trace system calls',
      remedy: 'A kernel with CONFIG_FTRACE_SYSCALLS=y tells them.',
    });
    mkdirSync(join(tracefs, 'events/syscalls/sys_enter_read'), { recursive: true });
    writeFileSync(join(tracefs, 'events/syscalls/sys_enter_read/format'), '');
    expect(keepsFromCalls(tracefs)).toBeUndefined();
  } finally {
    rmSync(tracefs, { recursive: true });
  }
});
