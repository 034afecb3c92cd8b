/**
 * Seeds that show what was once found; they are played first. What a seed means moves with the plan of worlds and with the shop's own code, so
 * each of these bugs is planted too (bugs.ts): a run of that tells whether it is still seen, and by which seed.
 */
export const knownSeeds: readonly { readonly seed: number; readonly found: string }[] = [
  { seed: 109, found: 'the relay passed a payment over where a node of the store was behind when it read the log' },
  { seed: 134, found: 'a projector passed events over for the same reason' },
];
