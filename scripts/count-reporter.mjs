import { writeFileSync } from 'node:fs';

const path = process.env['MAPSCOPE_COUNTS'];

/** Closes with the plain line CI reads, and leaves the counts for `scripts/test.mjs`. */
function close(name, counts) {
  if (path) writeFileSync(path, JSON.stringify(counts));
  process.stdout.write(`${name}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
}

/** For vitest. A file that dies at import counts as failed. */
export default class UnitCounts {
  /** A long run says what fails when it does, not an hour later. */
  onTestCaseResult(test) {
    const { state, errors } = test.result();
    if (state === 'failed' && process.env['MAPSCOPE_LONG'] === '1')
      process.stdout.write(`failed: ${test.fullName}: ${(errors[0]?.message ?? '').split('\n', 1)[0]}\n`);
  }

  onTestRunEnd(modules) {
    let passed = 0,
      failed = 0,
      skipped = 0;
    for (const module of modules) {
      let failedHere = 0;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') passed++;
        else if (state === 'failed') failedHere++;
        else skipped++;
      }
      failed += failedHere === 0 && module.state() === 'failed' ? 1 : failedHere;
    }
    close('unit', { passed, failed, skipped });
  }
}

/** For playwright. */
export class BrowserCounts {
  onBegin(_config, suite) {
    this.suite = suite;
  }

  printsToStdio() {
    return false;
  }

  onEnd() {
    let passed = 0,
      failed = 0,
      skipped = 0;
    for (const test of this.suite.allTests()) {
      const outcome = test.outcome();
      if (outcome === 'expected' || outcome === 'flaky') passed++;
      else if (outcome === 'skipped') skipped++;
      else failed++;
    }
    close('e2e', { passed, failed, skipped });
  }
}
