/** A path as text, as a key or in JSON: one character a byte, since a name may be no UTF-8. */
export const textOf = (path: Uint8Array): string => Buffer.from(path.buffer, path.byteOffset, path.length).toString('latin1');

/** The path that `textOf` made this of. */
export const pathOf = (text: string): Buffer => Buffer.from(text, 'latin1');
