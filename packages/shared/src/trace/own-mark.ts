/** What mapscope itself writes into a trace, to find the moment again in what comes out: no mark of a person or a workload. */
const OURS = 'mapscope verify ';

/** `n`: of those of process `pid`. */
export const ownMark = (pid: number, n: number): string => `${OURS}${pid} ${n}`;

export const isOwnMark = (text: string): boolean => text.startsWith(OURS);
