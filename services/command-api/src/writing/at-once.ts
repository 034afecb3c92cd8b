/** What can be had now, or has to be waited for: a promise costs more than most steps of an order. */
export type Now<Value> = Value | Promise<Value>;

/** Goes on at once where there is nothing to wait for. */
export const andThen = <Value, Result>(value: Now<Value>, next: (value: Value) => Now<Result>): Now<Result> =>
  value instanceof Promise ? value.then(next) : next(value);

/** As `Promise.all`, but values that are all there cost no wait. */
export const allOf = <Value>(values: readonly Now<Value>[]): Now<Value[]> => {
  const there: Value[] = [];
  for (const value of values) {
    if (value instanceof Promise) return Promise.all(values);
    there.push(value);
  }
  return there;
};
