import { z } from 'zod';
import { invariantNames } from './finding.js';

const invariant = z.enum(invariantNames);
const sum = z.string().regex(/^-?\d+$/);

/** What an audit comes to, as JSON. Sums are decimal strings: over all wallets they may pass what JSON numbers hold. */
export const auditReport = z.object({
  verdict: z.enum(['clean', 'violated', 'undecided']),
  events: z.int(),
  position: z.string(),
  seconds: z.number(),
  judged: z.array(invariant),
  /** What was asked for and could not be judged, and why. */
  undecided: z.array(z.object({ invariant, reason: z.string() })),
  violations: z.partialRecord(invariant, z.int()),
  findings: z.array(
    z.object({
      invariant,
      about: z.string(),
      stream: z.string().nullable(),
      revision: z.int().nullable(),
      position: z.string().nullable(),
      expected: z.string(),
      found: z.string(),
    }),
  ),
  /** Won: charged − paid + refunded = balances. */
  money: z.object({ charged: sum, paid: sum, refunded: sum, balances: sum }),
  /** Units: registered + adjusted − sold + returned = on hand = available + held. */
  stock: z.object({ registered: sum, adjusted: sum, sold: sum, returned: sum, available: sum, held: sum }),
  /** What is under way now. */
  open: z.object({ reservations: z.int(), orders: z.int() }),
});
export type AuditReport = z.infer<typeof auditReport>;

/** 0 clean, 1 violated, 2 could not decide. */
export const exitCodeOf = ({ verdict }: Pick<AuditReport, 'verdict'>): 0 | 1 | 2 =>
  verdict === 'clean' ? 0 : verdict === 'violated' ? 1 : 2;
