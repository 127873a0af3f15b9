/** One scheduler for all canvases: any number of `ask`s before the next animation frame draw once. Answers the function that stops it. */
export function onFrame(
  draw: () => void,
  request: (callback: () => void) => number,
  cancel: (id: number) => void,
): { ask(): void; stop(): void } {
  let waiting = 0;
  return {
    ask() {
      if (waiting !== 0) return;
      waiting = request(() => {
        waiting = 0;
        draw();
      });
    },
    stop() {
      if (waiting !== 0) cancel(waiting);
      waiting = 0;
    },
  };
}
