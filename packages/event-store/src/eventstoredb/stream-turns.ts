/** Work on one stream happens one after the other: appends sent at once overtake each other, and an identical one under way is dropped. */
export const streamTurns = () => {
  const tails = new Map<string, Promise<unknown>>();
  return <Answer>(stream: string, work: () => Promise<Answer>): Promise<Answer> => {
    const previous = tails.get(stream);
    const mine = previous ? previous.then(work) : work();
    const settled = mine
      .catch(() => undefined)
      .then(() => {
        if (tails.get(stream) === settled) tails.delete(stream);
      });
    tails.set(stream, settled);
    return mine;
  };
};
export type StreamTurns = ReturnType<typeof streamTurns>;
