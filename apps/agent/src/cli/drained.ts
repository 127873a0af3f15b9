/** Resolves when more can be written, or never will. */
export const drained = (out: NodeJS.WritableStream): Promise<void> =>
  new Promise((done) => {
    const go = (): void => {
      out.off('drain', go);
      out.off('close', go);
      done();
    };
    out.on('drain', go);
    out.on('close', go);
  });
