/** A sum of whole numbers that may pass 2^53, as all wallets together may. */
export type Tally = { readonly add: (amount: number) => void; readonly total: () => bigint };

const most = 2 ** 51;

/** Adds as numbers for as long as that is exact: a bigint per event would be garbage per event. */
export const tally = (): Tally => {
  let whole = 0n;
  let recent = 0;
  return {
    add: (amount) => {
      if (amount > most || amount < -most) {
        whole += BigInt(amount);
        return;
      }
      recent += amount;
      if (recent <= most && recent >= -most) return;
      whole += BigInt(recent);
      recent = 0;
    },
    total: () => whole + BigInt(recent),
  };
};
