/**
 * V8 compiles hot functions in threads beside ours, four a process. Three processes that all begin to see rows at once had two CPUs busy
 * with nothing but that, and what a user wrote first came up to 0.2 s late to the page. One thread a process compiles the same, in turn.
 */
const IN_TURN = '--v8-pool-size=1';

/** What to `spawn` for a program of ours: Node, and its words. */
export const ownProgram = (program: string): readonly [command: string, words: string[]] => [process.execPath, [IN_TURN, program]];
