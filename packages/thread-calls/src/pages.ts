/** An async iterable as it is read from another thread: a page at a time, when it is asked for. Readings are numbered by their reader. */
export type OfferedPages<Arguments, Page> = {
  /** The next page of a reading, which begins with its first one; undefined at the end. */
  readonly next: (reading: number, about: Arguments) => Promise<Page | undefined>;
  /** The reader has gone. */
  readonly end: (reading: number) => void;
};

type Reading<Page> = { readonly pages: AsyncIterator<Page>; readonly gone: AbortController };

export const offerPages = <Arguments, Page>(
  open: (about: Arguments, signal: AbortSignal) => AsyncIterable<Page>,
): OfferedPages<Arguments, Page> => {
  const readings = new Map<number, Reading<Page>>();
  const begin = (about: Arguments): Reading<Page> => {
    const gone = new AbortController();
    return { pages: open(about, gone.signal)[Symbol.asyncIterator](), gone };
  };
  return {
    next: async (id, about) => {
      const reading = readings.get(id) ?? begin(about);
      readings.set(id, reading);
      try {
        const next = await reading.pages.next();
        if (!next.done) return next.value;
      } catch (error) {
        readings.delete(id);
        throw error;
      }
      readings.delete(id);
      return undefined;
    },
    end: (id) => {
      const reading = readings.get(id);
      readings.delete(id);
      reading?.gone.abort();
      // Its failure has nobody to tell: the reader wants no more of it.
      void Promise.resolve(reading?.pages.return?.()).catch(() => undefined);
    },
  };
};

/** Reads what another thread offers. Leaving the loop, or aborting `signal`, ends it there too; an abort ends it without error. */
export const readPages = <Arguments, Page>({ next, end }: OfferedPages<Arguments, Page>) => {
  let readings = 0;
  return async function* (about: Arguments, signal?: AbortSignal): AsyncGenerator<Page, void, undefined> {
    const id = (readings += 1);
    const leave = () => end(id);
    signal?.addEventListener('abort', leave, { once: true });
    try {
      while (!signal?.aborted) {
        const page = await next(id, about);
        if (page === undefined) return;
        yield page;
      }
    } finally {
      signal?.removeEventListener('abort', leave);
      leave();
    }
  };
};
