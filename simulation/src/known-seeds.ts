/** Seeds that once failed, with what they found. They are played first, for ever. */
export const knownSeeds: readonly { readonly seed: number; readonly found: string }[] = [
  { seed: 52, found: 'the relay passed a payment over where a node of the store was behind when it read the log' },
  { seed: 40, found: 'a projector passed events over for the same reason' },
];
