const forbidden = (name: string) => (): never => {
  throw new Error(`${name} in a simulation: chance and time come from the seed alone`);
};

/** `Date` for reckoning with given times; it does not know what time it is. */
class TimelessDate extends Date {
  constructor(given?: number | string | Date) {
    if (given === undefined) throw new Error('new Date() in a simulation: time comes from the seed alone');
    super(given);
  }
  static override now = forbidden('Date.now');
}

const replace = (owner: object, name: string, value: unknown): (() => void) => {
  const own = Object.getOwnPropertyDescriptor(owner, name);
  Object.defineProperty(owner, name, { value, configurable: true, writable: true, enumerable: own?.enumerable ?? false });
  return () => {
    if (own) Object.defineProperty(owner, name, own);
    else Reflect.deleteProperty(owner, name);
  };
};

/** Runs something during which clocks, timers and random numbers other than those of the seed throw. */
export const withoutChance = async <Result>(work: () => Promise<Result>): Promise<Result> => {
  const restore = [
    replace(globalThis, 'Date', TimelessDate),
    ...['setTimeout', 'setInterval', 'setImmediate'].map((name) => replace(globalThis, name, forbidden(name))),
    replace(Math, 'random', forbidden('Math.random')),
    replace(performance, 'now', forbidden('performance.now')),
  ];
  try {
    return await work();
  } finally {
    for (const undo of restore) undo();
  }
};
