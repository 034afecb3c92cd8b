import type { Clock } from '@shop/clock';
import { manualClock } from '@shop/clock';
import type { EventStore, RecordedEvent } from '@shop/event-store';
import { UnknownEventError } from '@shop/events';
import { z } from 'zod';
import { accept, refuse, repeat, unchanged, type Decider, type StateCodec } from '../decider.js';
import { draftOf, keyed, type Keyed } from '../keyed.js';
import { createAggregates, type AggregatesOptions } from '../writing/aggregates.js';
import { ground } from '../writing/ground.js';
import type { CommandContext, Executed } from '../writing/execute.js';

/** A till: the smallest thing that can refuse, repeat and find nothing to do. Specs of the writer use it instead of the shop. */
const tillEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('PaidIn'), data: z.object({ paymentId: z.string(), amount: z.number(), balance: z.number() }) }),
  z.object({ type: z.literal('TakenOut'), data: z.object({ paymentId: z.string(), amount: z.number(), balance: z.number() }) }),
  z.object({ type: z.literal('Labelled'), data: z.object({ label: z.string() }) }),
]);
export type TillEvent = z.infer<typeof tillEvent>;
export type TillCommand =
  | { readonly type: 'PayIn' | 'TakeOut'; readonly paymentId: string; readonly amount: number }
  | { readonly type: 'Label'; readonly label: string }
  /** A bug in the rules. */
  | { readonly type: 'Break' };
export type TillRefusal = { readonly type: 'NotEnough'; readonly balance: number };
export type Till = { balance: number; label: string; payments: Keyed<TillEvent> };
export type TillAnswer = Executed<TillEvent, TillRefusal>;

export const till: Decider<Till, TillCommand, TillEvent, TillRefusal> = {
  initialState: () => ({ balance: 0, label: '', payments: keyed<TillEvent>() }),
  decide: (command, { balance, label, payments }) => {
    if (command.type === 'Break') throw new Error('the rules are broken');
    if (command.type === 'Label')
      return command.label === label ? unchanged : accept<TillEvent>({ type: 'Labelled', data: { label: command.label } });
    const { type, paymentId, amount } = command;
    const earlier = payments.get(paymentId);
    if (earlier) return repeat(earlier);
    if (type === 'PayIn') return accept<TillEvent>({ type: 'PaidIn', data: { paymentId, amount, balance: balance + amount } });
    if (amount > balance) return refuse({ type: 'NotEnough', balance });
    return accept<TillEvent>({ type: 'TakenOut', data: { paymentId, amount, balance: balance - amount } });
  },
  evolve: (state, event) => {
    if (event.type === 'Labelled') {
      state.label = event.data.label;
      return;
    }
    state.balance = event.data.balance;
    state.payments.set(event.data.paymentId, event);
  },
  draft: ({ balance, label, payments }) => ({ balance, label, payments: draftOf(payments) }),
};

const stored = z.object({ balance: z.number(), label: z.string(), payments: z.array(z.tuple([z.string(), tillEvent])) });
export const tillCodec: StateCodec<Till> = {
  version: 1,
  worthAfter: ({ payments }) => payments.size / 2,
  toJson: ({ balance, label, payments }) => ({ balance, label, payments: [...payments] }),
  fromJson: (json) => {
    const { payments, ...rest } = stored.parse(json);
    return { ...rest, payments: keyed(payments) };
  },
};

export const parseTillEvent = ({ type, data }: Pick<RecordedEvent, 'type' | 'data'>): TillEvent => {
  const event = tillEvent.safeParse({ type, data });
  if (!event.success) throw new UnknownEventError(`${type} is no event of a till`);
  return event.data;
};

export const payIn = (paymentId: string, amount: number): TillCommand => ({ type: 'PayIn', paymentId, amount });
export const takeOut = (paymentId: string, amount: number): TillCommand => ({ type: 'TakeOut', paymentId, amount });
export const label = (text: string): TillCommand => ({ type: 'Label', label: text });

/** One process's tills on a store. Ids count up, jitter is half of what is allowed, unless a test says otherwise. */
export const openTills = (
  eventStore: EventStore,
  { process = 'one', ...rest }: { readonly process?: string } & Partial<AggregatesOptions<Till, TillCommand, TillEvent, TillRefusal>> = {},
) => {
  let ids = 0;
  const tills = createAggregates({
    kind: 'till',
    decider: till,
    codec: tillCodec,
    parse: parseTillEvent,
    eventStore,
    clock: manualClock(),
    random: () => 0.5,
    newId: () => `${process}-${(ids += 1)}`,
    logger: { debug: () => undefined, error: () => undefined },
    ground: ground(),
    ...rest,
  });
  return { ...tills, execute: async (...asked: Parameters<typeof tills.execute>) => tills.execute(...asked) };
};
export type Tills = ReturnType<typeof openTills>;

export const asking = (clock: Clock, change: Partial<CommandContext> & { readonly withinMs?: number } = {}): CommandContext => {
  const { withinMs = 10_000, ...rest } = change;
  return { correlationId: 'request', causationId: 'command', origin: 'client', deadline: clock.monotonic() + withinMs, ...rest };
};

export const historyOf = async (eventStore: EventStore, stream: string): Promise<RecordedEvent[]> => {
  const events: RecordedEvent[] = [];
  for await (const page of eventStore.readStream(stream, 0)) events.push(...page);
  return events;
};
