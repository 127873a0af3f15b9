/** Pixels left of the lanes, for their names: the same in all views, so that a file's axis stays where it is between tabs. */
export const GUTTER = 88;
