/**
 * What a source yields until a signal is aborted, even where the source itself is frozen and never answers again.
 * No `Promise.race` against one long promise: each race would leave a reaction behind on it for as long as the source lives.
 */
export async function* untilAborted<Item>(source: AsyncIterable<Item>, signal: AbortSignal): AsyncGenerator<Item, void, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  let giveUp: () => void = () => undefined;
  const aborted = () => giveUp();
  signal.addEventListener('abort', aborted, { once: true });
  try {
    while (!signal.aborted) {
      const next = await new Promise<IteratorResult<Item> | undefined>((resolve, reject) => {
        giveUp = () => resolve(undefined);
        iterator.next().then(resolve, reject);
      });
      if (!next || next.done) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', aborted);
    // Not awaited: a frozen source would hold us here as well.
    void Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}
