/** Waits until a condition holds; says what it waited for when it does not come. */
export const eventually = async (what: string, holds: () => boolean | Promise<boolean>, withinMs = 4_000): Promise<void> => {
  const end = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`in vain waited until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
};
