import { type Choice, fromQuery, type Store, toQuery } from '../../store/index.ts';

export function chosenInAddress(): Partial<Choice> {
  const query = new URLSearchParams(location.search);
  return fromQuery((name) => query.get(name));
}

/** The browser refuses more than some hundred changes of the address in half a minute. */
const SETTLE_MS = 300;

/** Keeps the address what is on screen. One entry of the history: going back leaves the page, it does not undo a pan. */
export function followAddress(store: Store): void {
  let timer: ReturnType<typeof setTimeout> | undefined,
    written = '';
  const write = (): void => {
    timer = undefined;
    const query = toQuery(store.get()),
      name = store.get().path.split('/').at(-1),
      title = name ? `${name} · mapscope` : 'mapscope';
    // Setting the same title makes a node anew.
    if (title !== document.title) document.title = title;
    if (query === written) return;
    written = query;
    history.replaceState(null, '', `${location.pathname}${query === '' ? '' : `?${query}`}`);
  };
  store.subscribe(() => (timer ??= setTimeout(write, SETTLE_MS)));
  write();
}
