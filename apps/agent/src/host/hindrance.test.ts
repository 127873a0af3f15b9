import { expect, test } from 'vitest';
import { lacking, notBuilt } from './hindrance.ts';
import { standing, type Standing } from './standing.ts';
import { whyNoTracefs } from './tracefs.ts';

const root: Standing = {
  uid: 0,
  kernel: '6.18.0',
  can: () => true,
  rootCan: () => true,
  container: undefined,
  isFiltered: false,
  isRemapped: false,
  lockdown: 'none',
  option: () => undefined,
};
const weak: Standing = { ...root, can: () => false, rootCan: () => false };

test('lacking says what keeps a process from a capability, and what helps', () => {
  expect(lacking('SYS_ADMIN', root)).toBeUndefined();
  expect(lacking('SYS_ADMIN', { ...weak, uid: 1000 })).toEqual({ why: 'it takes root (CAP_SYS_ADMIN)', remedy: 'sudo npx mapscope …' });
  expect(lacking('SYS_ADMIN', { ...weak, container: 'docker' })).toEqual({
    why: 'this docker container is without CAP_SYS_ADMIN',
    remedy: 'docker run --cap-add SYS_ADMIN; or run mapscope outside of it.',
  });
  expect(lacking('SYS_ADMIN', { ...weak, uid: 1000, container: 'docker' })?.why).toBe('this docker container is without CAP_SYS_ADMIN');
  const user = { ...weak, uid: 1000, rootCan: () => true, container: 'docker' };
  expect(lacking('SYS_ADMIN', user)?.why).toBe('it takes root (CAP_SYS_ADMIN)');
  expect(lacking('SYS_ADMIN', { ...root, isRemapped: true })?.why).toBe('root of this user namespace is not root of the machine');
  expect(lacking('SYS_ADMIN', weak)?.why).toBe('root was started without CAP_SYS_ADMIN');
});

test('notBuilt speaks only of a kernel whose configuration says no', () => {
  const without = (...names: string[]): Standing => ({ ...root, option: (name) => (names.includes(name) ? 'n' : 'y') });
  expect(notBuilt(['XFS_FS', 'EXT4_FS'], without('XFS_FS'))).toBeUndefined();
  expect(notBuilt(['XFS_FS', 'EXT4_FS'], root)).toBeUndefined();
  expect(notBuilt(['XFS_FS', 'EXT4_FS'], without('XFS_FS', 'EXT4_FS'))?.why).toBe(
    'this kernel (6.18.0) is built without CONFIG_XFS_FS or CONFIG_EXT4_FS',
  );
});

test('whyNoTracefs names the most stubborn reason', () => {
  const locked = { ...weak, lockdown: 'confidentiality' };
  expect(whyNoTracefs(locked).why).toMatch(/lockdown/);
  expect(whyNoTracefs({ ...weak, option: () => 'n' }).why).toMatch(/CONFIG_EVENT_TRACING/);
  expect(whyNoTracefs({ ...weak, uid: 5 }).why).toMatch(/CAP_SYS_ADMIN/);
  expect(whyNoTracefs({ ...root, container: 'docker' }).remedy).toMatch(/^docker run -v/);
  expect(whyNoTracefs(root)).toEqual({ why: 'tracefs is not mounted', remedy: 'mount -t tracefs tracefs /sys/kernel/tracing' });
});

test('standing sees this process', () => {
  const here = standing();
  expect([here.uid, here.kernel.length > 0]).toEqual([process.getuid!(), true]);
  if (here.uid !== 0) expect(here.can('SYS_ADMIN')).toBe(false);
});
