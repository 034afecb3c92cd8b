/** At most so many at once; the others wait in the order they came. */
export const slots = (most: number) => {
  let free = most;
  const waiting: (() => void)[] = [];
  return {
    take: (): Promise<void> | void => {
      if (free > 0) {
        free -= 1;
        return;
      }
      return new Promise((resolve) => waiting.push(resolve));
    },
    give: (): void => {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    },
  };
};
export type Slots = ReturnType<typeof slots>;
