import type { Recording } from '@mapscope/shared/trace';

/**
 * Parts of an opened recording whose bytes are not those that were written: looked for once, from front to back, while the page shows it already. What is
 * shown needs a few of its blocks only, and damage in the others is to be said as well.
 */
export class BadParts {
  count = 0;
  private isWanted = true;

  /** `found`: there are more of them. Those whose headers are gone were found when it was opened. */
  constructor({ entries, check }: Pick<Recording, 'entries' | 'check'>, found: () => void) {
    void this.look(entries, check, found);
  }

  end(): void {
    this.isWanted = false;
  }

  private async look(entries: Recording['entries'], check: Recording['check'], found: () => void): Promise<void> {
    for (const entry of entries) {
      if (entry.damage) continue;
      // Bytes that cannot be read any more are said by who shows them.
      const flaws = await check(entry).catch(() => []);
      if (!this.isWanted) return;
      this.count += flaws.length;
      if (flaws.length > 0) found();
    }
  }
}
