import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { capabilities, isInitialUserNamespace, kernelOption, parseLockdown, parsePrivilege } from './standing.ts';

describe('parsePrivilege', () => {
  test('reads capabilities and whether calls are filtered', () => {
    const found = parsePrivilege('Name:\tnode\nCapEff:\t00000000a80425fb\nCapBnd:\t000001ffffffffff\nSeccomp:\t2\n')!;
    expect(found.isFiltered).toBe(true);
    // What Docker leaves to root.
    expect(capabilities.names(found.effective)).toContain('MKNOD');
    expect(capabilities.names(found.effective)).not.toContain('SYS_ADMIN');
    expect(parsePrivilege('CapEff:\t000001ffffffffff\n')).toMatchObject({ bounding: 0n, isFiltered: false });
  });

  test('answers nothing for what is no such text', () => {
    fc.assert(fc.property(fc.string({ maxLength: 60 }), (text) => parsePrivilege(text.replaceAll('CapEff', '')) === undefined));
  });
});

test('parseLockdown finds the level that is chosen', () => {
  expect(['none [integrity] confidentiality', '[none] integrity confidentiality\n', ''].map(parseLockdown)).toEqual([
    'integrity',
    'none',
    undefined,
  ]);
});

test('kernelOption tells set, a module, not set and not mentioned apart', () => {
  const config = 'CONFIG_BTRFS_FS=m\nCONFIG_BTRFS_FS_POSIX_ACL=y\n# CONFIG_XFS_RT is not set\nCONFIG_LSM="lockdown,yama"\n';
  expect(['BTRFS_FS', 'BTRFS_FS_POSIX_ACL', 'XFS_RT', 'LSM', 'XFS_FS', 'BTRFS'].map((name) => kernelOption(config, name))).toEqual([
    'm',
    'y',
    'n',
    '"lockdown,yama"',
    undefined,
    undefined,
  ]);
});

test('isInitialUserNamespace tells the machine’s own from a container’s', () => {
  expect(isInitialUserNamespace('         0          0 4294967295\n')).toBe(true);
  expect(isInitialUserNamespace('         0     100000      65536\n')).toBe(false);
});
