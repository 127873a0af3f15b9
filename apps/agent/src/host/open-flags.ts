/** Of open(2), which Node does not name: only a place in the tree, nothing of its content, and no request to whoever serves it. */
export const O_PATH = 0o10_000_000;
