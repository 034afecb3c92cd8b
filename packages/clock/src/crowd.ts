/** Where a member stands is the crowd's business; undefined while it is in none. */
export type Member = { place: number | undefined };

/**
 * Those who are there for a moment: requests under way, commands that wait. A `Set` would do but for the garbage collector: it moves to a new
 * table after some deletions, the old table refers to the new one, and once one of them has grown old, all that follow are kept until the
 * next full collection, with everybody who was in them. Under load that made two thirds of all requests die old.
 */
export type Crowd<Someone extends Member> = {
  readonly size: () => number;
  readonly add: (someone: Someone) => void;
  /** Answers whether it was there. Whoever came last takes its place. */
  readonly remove: (someone: Someone) => boolean;
  /** Those who are there now, in no order. */
  readonly all: () => readonly Someone[];
};

export const crowd = <Someone extends Member>(): Crowd<Someone> => {
  const members: Someone[] = [];
  return {
    size: () => members.length,
    add: (someone) => {
      if (someone.place !== undefined) return;
      someone.place = members.length;
      members.push(someone);
    },
    remove: (someone) => {
      const { place } = someone;
      if (place === undefined) return false;
      const last = members.pop();
      if (last && last !== someone) {
        last.place = place;
        members[place] = last;
      }
      someone.place = undefined;
      return true;
    },
    all: () => [...members],
  };
};
