/**
 * Runs one call at a time and shares its result. Who asks while a call is under way waits for the next one,
 * because only a call that starts after the question holds everything acknowledged before it.
 */
export const oneAtATime = <Result>(call: () => Promise<Result>): (() => Promise<Result>) => {
  let running: Promise<Result> | undefined;
  let next: Promise<Result> | undefined;
  const start = (): Promise<Result> => {
    const ended = () => {
      running = undefined;
    };
    const started = call();
    running = started;
    started.then(ended, ended);
    return started;
  };
  const startNext = (): Promise<Result> => {
    next = undefined;
    return start();
  };
  return () => {
    if (next) return next;
    if (!running) return start();
    next = running.then(startNext, startNext);
    return next;
  };
};
