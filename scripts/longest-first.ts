import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Ends of paths, the longest test first. */
const longest = [
  'sources/tracefs/random.test.ts',
  'cli/watch-survives.test.ts',
  'fuse/src/serve.test.ts',
  'sources/tracefs/dax.test.ts',
  'cli/lifecycle.test.ts',
  'cli/watch.test.ts',
  'demo/mount.test.ts',
  'cli/verify.test.ts',
];

/** Which unit tests begin first: a clean checkout knows no times, and a file that takes two minutes must not begin when all others are over. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = longest.findIndex((end) => moduleId.endsWith(end));
      return at < 0 ? longest.length : at;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}
