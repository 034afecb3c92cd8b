import { backOff, type Random } from '@shop/clock';
import { EventStoreUnavailableError, type AppendResult, type NewEvent, type Position, type Revision } from '@shop/event-store';
import { storedForm, type EventMetadata } from '@shop/events';
import { Problem } from '@shop/http';
import type { Now } from './at-once.js';
import { decideBatch, needsFreshState, type Batch, type Judgement } from './batch.js';
import type { CommittedState, StateSources } from './committed-state.js';
import type { DeadlineWatch, Waiting } from './deadline-watch.js';
import type { CommandContext, Executed } from './execute.js';
import type { WritingMetrics } from './metrics.js';

/** The part of an event that the writer looks at. */
export type Fact = { readonly type: string; readonly data: object };

export type WriterTools<State, Command, Event, Refusal> = StateSources<State, Command, Event, Refusal> & {
  readonly kind: string;
  readonly random: Random;
  readonly newId: () => string;
  readonly metrics?: WritingMetrics | undefined;
  readonly settings: { readonly queueLimit: number };
  readonly watch: DeadlineWatch;
  /** Position of the end of the log, read after the call. */
  readonly head: () => Promise<Position>;
  /** The store stands behind what it had acknowledged: no cached state of any stream can be right. */
  readonly forgetAll: () => void;
  /** Appends are turned away: for the log. */
  readonly unavailable: (cause: EventStoreUnavailableError) => void;
  /** The writer has commands, and has none any more. */
  readonly busy: () => void;
  readonly idle: () => void;
};

type Pending<Command, Event, Refusal> = Waiting & {
  readonly command: Command;
  readonly context: CommandContext;
  readonly arrived: number;
  readonly resolve: (result: Executed<Event, Refusal>) => void;
  readonly reject: (error: Error) => void;
  answered: boolean;
  /** Its effect, or that of the command it repeats, is in an append of which nothing is known yet. */
  mayBeWritten: boolean;
};

/** `unavailable`: surely not written, and the store cannot take it now. `fault`: no retry can make it right. */
type Appended =
  | AppendResult
  | { readonly outcome: 'unavailable'; readonly error: EventStoreUnavailableError }
  | { readonly outcome: 'fault'; readonly error: unknown };

/** An append that is under way, or has been. `expected`: the state goes on meanwhile. */
type Sent<Asked, Event, Refusal> = {
  readonly commands: readonly Asked[];
  readonly batch: Batch<Event, Refusal>;
  readonly expected: Revision;
  readonly at: number;
};

const asError = (error: unknown): Error =>
  error instanceof Error ? error : new Error('no error was thrown, but something else', { cause: error });
const isOpen = ({ outcome }: Appended): boolean => outcome === 'unknown';
const thrown = (error: unknown): Appended =>
  error instanceof EventStoreUnavailableError ? { outcome: 'unavailable', error } : { outcome: 'fault', error };

const afterConflict = { firstMs: 2, mostMs: 40 };
/**
 * Who has won the race for a stream could win it for ever: its next batch is ready at once, while the others still read what it wrote.
 * So a winner stands back for up to twice the time that its append took: after every append for a while after a conflict, and now and
 * then where batches have followed one another, since one that always wins learns nothing of the others. A lone command never waits.
 */
const contestedForMs = 1_000;
const longestStreak = 16;
const afterUnknown = { firstMs: 10, mostMs: 1_000 };
const whileUnavailable = { firstMs: 10, mostMs: 1_000 };
/** How long a conflicting revision may take to show in reads: a cluster names it before it is readable. */
const showsWithinMs = 100;
const untilItShows = { firstMs: 4, mostMs: 25 };

/** Field by field: this runs for every event, and an object made by spreading others takes a microsecond. */
const metadataOf = ({ correlationId, causationId, actor, traceparent }: CommandContext, version: number): EventMetadata => {
  const metadata: EventMetadata = { version, correlationId, causationId };
  if (actor !== undefined) metadata.actor = actor;
  if (traceparent !== undefined) metadata.traceparent = traceparent;
  return metadata;
};

/**
 * The one writer of a stream in this process. While an append is under way commands queue; the next batch takes as many as fit,
 * decides them in order, appends once at the exact expected revision and answers each with its own outcome.
 */
export const streamWriter = <State, Command, Event extends Fact, Refusal>(
  stream: string,
  state: CommittedState<State, Event>,
  tools: WriterTools<State, Command, Event, Refusal>,
) => {
  const { kind, decider, eventStore, ground, clock, random, newId, logger, metrics, settings, watch } = tools;
  type Asked = Pending<Command, Event, Refusal>;
  /** In the order of arrival; a command stays until it is answered, so whatever was not written is decided again. */
  let queue: Asked[] = [];
  let clients = 0;
  let running = false;
  let conflicts = 0;
  let failures = 0;
  let contestedUntil = -Infinity;
  let streak = 0;
  let notBefore = -Infinity;
  /** What a command is told whose deadline passes before anything of it was sent. */
  let obstacle: 'EVENT_STORE_UNAVAILABLE' | 'WRITE_CONTENTION' = 'EVENT_STORE_UNAVAILABLE';

  /**
   * Where the state is known and the store stages appends, no command has to wait: neither for its turn nor for the disk. Undefined where one has to.
   */
  const inOneBreath = (command: Command, context: CommandContext): Executed<Event, Refusal> | undefined => {
    const { staging } = ground;
    if (!staging || running || !ground.holds(context.footing) || context.deadline <= clock.monotonic()) return undefined;
    const at = state.fresh();
    if (!at) return undefined;
    const decision = decider.decide(command, at.state);
    if (decision.outcome === 'refused') return decision;
    if (decision.outcome === 'repeated' || decision.events.length === 0) return { ...decision, position: staging.head() };
    const expected = at.revision;
    const staged = staging.stage(stream, expected, toNewEvents(decision.events, { context }));
    if (!staged) return undefined;
    if (context.footing) context.footing.wroteIn ??= staged.batch;
    takeIn(decision.events, expected);
    metrics?.appended(kind, 1, decision.events.length);
    state.snapshotIfDue();
    return { outcome: 'accepted', events: decision.events, position: staged.position };
  };

  const ask = (command: Command, context: CommandContext): Now<Executed<Event, Refusal>> => {
    try {
      return inOneBreath(command, context) ?? inTurn(command, context);
    } catch (error) {
      return error instanceof EventStoreUnavailableError ? inTurn(command, context) : Promise.reject(asError(error));
    }
  };

  const inTurn = (command: Command, context: CommandContext): Promise<Executed<Event, Refusal>> =>
    new Promise((resolve, reject) => {
      const isClient = context.origin === 'client';
      if (isClient && clients >= settings.queueLimit) {
        reject(new Problem('OVERLOADED'));
        return;
      }
      const asked: Asked = {
        place: undefined,
        command,
        context,
        deadline: context.deadline,
        arrived: state.moment(),
        resolve,
        reject,
        answered: false,
        mayBeWritten: false,
        expire: () => expire(asked),
      };
      if (isClient) clients += 1;
      if (queue.length === 0)
        queue = [asked]; // an array that grows from nothing takes room for many
      else queue.push(asked);
      watch.add(asked);
      if (!running) begin();
    });

  /** Answers whether it still waits for its answer. */
  const close = (asked: Asked): boolean => {
    if (asked.answered) return false;
    if (asked.context.origin === 'client') clients -= 1;
    asked.answered = true;
    watch.remove(asked);
    return true;
  };
  const answer = (asked: Asked, result: Executed<Event, Refusal>): void => {
    if (close(asked)) asked.resolve(result);
  };
  const fail = (asked: Asked, error: unknown): void => {
    if (close(asked)) asked.reject(asError(error));
  };
  const expire = (asked: Asked): void => fail(asked, new Problem(asked.mayBeWritten ? 'OUTCOME_UNKNOWN' : obstacle));

  const begin = (): void => {
    running = true;
    tools.busy();
    queueMicrotask(next); // whoever asks in the same breath joins the first batch
  };

  /**
   * The next batch, as nothing of this writer is under way. Nearly every batch only waits for its append, and that without an async
   * function: one for each step of each append was a tenth of what an order costs.
   */
  const next = (): void => {
    if (expireOverdue() === 0) {
      running = false;
      tools.idle();
      return;
    }
    const at = state.usable();
    if (!at || clock.monotonic() < notBefore) return goOn(untilUsable());
    try {
      const batch = decideBatch(queue, at, deciding);
      if (batch.events.length === 0) return goOn(answerUnwritten(queue.slice(0, batch.judgements.length), batch, at.revision));
      const sent = sending(batch, at.revision);
      tryAppend(batch.events, sent.expected).then((result) => appended(sent, result), failed);
    } catch (error) {
      void failed(error);
    }
  };
  const appended = (sent: Sent<Asked, Event, Refusal>, result: Appended): void => {
    if (result.outcome !== 'ok') return goOn(isOpen(result) ? settleWhenKnown(sent, result) : settleUnwritten(sent, result));
    try {
      settleWritten(sent, result.position);
      failures = 0;
      next();
    } catch (error) {
      void failed(error);
    }
  };
  const failed = async (error: unknown): Promise<void> => {
    if (error instanceof EventStoreUnavailableError) await waitForStore();
    else failAll(queue, error);
    next();
  };
  const goOn = (step: Promise<void>): void =>
    void step.then(() => {
      failures = 0;
      next();
    }, failed);

  const untilUsable = async (): Promise<void> => {
    if (clock.monotonic() < notBefore) await pause(notBefore - clock.monotonic(), lastDeadline(queue));
    if (!state.usable()) await state.refresh();
  };

  /** A command past its deadline is never decided, nor one that rests on what was lost. Returns how many are left. */
  const expireOverdue = (): number => {
    const now = clock.monotonic();
    let answered = 0;
    for (const asked of queue) {
      if (asked.deadline <= now) expire(asked);
      else if (!ground.holds(asked.context.footing)) fail(asked, new Problem('EVENT_STORE_UNAVAILABLE'));
      if (asked.answered) answered += 1;
    }
    if (answered > 0) queue = answered === queue.length ? [] : queue.filter((asked) => !asked.answered);
    return queue.length;
  };

  const failAll = (commands: readonly Asked[], error: unknown): void => {
    state.distrust();
    for (const asked of commands) fail(asked, error);
  };

  const pause = (ms: number, until: number): Promise<void> => clock.sleep(Math.max(0, Math.min(ms, until - clock.monotonic())));
  const lastDeadline = (commands: readonly Asked[]): number => commands.reduce((last, { deadline }) => Math.max(last, deadline), -Infinity);

  const waitForStore = async (): Promise<void> => {
    obstacle = 'EVENT_STORE_UNAVAILABLE';
    await pause(backOff(random, failures, whileUnavailable), lastDeadline(queue));
    failures += 1;
  };

  const toNewEvents = (facts: readonly Event[], { context }: Pick<Asked, 'context'>): NewEvent[] =>
    facts.map((fact) => {
      const { version, data, trusted } = storedForm(fact);
      return { id: newId(), type: fact.type, data, metadata: metadataOf(context, version), trusted };
    });

  const deciding = { decider, toNewEvents, maxBytes: eventStore.maxAppendBytes };

  const sending = (batch: Batch<Event, Refusal>, expected: Revision): Sent<Asked, Event, Refusal> => {
    const commands = queue.slice(0, batch.judgements.length);
    for (let index = 0; index < commands.length; index += 1) {
      const [asked, judgement] = [commands[index], batch.judgements[index]];
      if (asked) asked.mayBeWritten = judgement?.outcome === 'accepted' || (judgement?.outcome === 'repeated' && judgement.remembered);
    }
    metrics?.queued(kind, queue.length);
    return { commands, batch, expected, at: clock.monotonic() };
  };

  const answerAs = (asked: Asked, judgement: Judgement<Event, Refusal>, position: Position): void => {
    switch (judgement.outcome) {
      case 'accepted':
      case 'repeated':
        return answer(asked, { outcome: judgement.outcome, events: judgement.events, position });
      case 'refused':
        return answer(asked, judgement);
      case 'fault':
        return fail(asked, judgement.error);
    }
  };
  const answerAll = (commands: readonly Asked[], judgements: readonly Judgement<Event, Refusal>[], position: Position): void => {
    for (let index = 0; index < commands.length; index += 1) {
      const [asked, judgement] = [commands[index], judgements[index]];
      if (asked && judgement) answerAs(asked, judgement, position);
    }
  };

  /** Nothing is to be appended, so no append will prove the state: only a tail read that began after a command arrived does. */
  const answerUnwritten = async (commands: readonly Asked[], { judgements }: Batch<Event, Refusal>, expected: Revision): Promise<void> => {
    const certain = (asked: Asked, index: number) => {
      const judgement = judgements[index];
      return state.provenSince(asked.arrived) || (judgement !== undefined && !needsFreshState(judgement));
    };
    // Where others write at every moment, those whose state is proven do not wait for those who came later.
    if (!commands.some(certain)) {
      if (!state.fresh()) await state.refresh();
      if (state.usable()?.revision !== expected) return; // decided again, on what the read brought
    }
    const answerable = commands.map((asked, index) => ({ asked, judgement: judgements[index], certain: certain(asked, index) }));
    const now = answerable.filter(({ certain }) => certain);
    const needsPosition = now.some(({ judgement }) => judgement?.outcome === 'accepted' || judgement?.outcome === 'repeated');
    const position = needsPosition ? await tools.head() : '';
    answerAll(
      now.map(({ asked }) => asked),
      now.flatMap(({ judgement }) => judgement ?? []),
      position,
    );
  };

  const settleWritten = ({ commands, batch, expected, at }: Sent<Asked, Event, Refusal>, position: Position): void => {
    conflicts = 0;
    standBack(at, commands.length);
    obstacle = 'EVENT_STORE_UNAVAILABLE';
    takeIn(batch.facts, expected);
    for (const { context } of commands) if (context.footing) context.footing.wroteIn ??= 0;
    answerAll(commands, batch.judgements, position);
    metrics?.appended(kind, commands.length, batch.events.length);
    state.snapshotIfDue();
  };

  const settleWhenKnown = async (sent: Sent<Asked, Event, Refusal>, first: Appended): Promise<void> => {
    const { commands, batch, expected } = sent;
    const result = await appendUntilKnown(commands, batch.events, expected, first);
    if (result.outcome === 'ok') settleWritten(sent, result.position);
    else await settleUnwritten(sent, result);
  };

  const settleUnwritten = async (
    { commands, expected }: Sent<Asked, Event, Refusal>,
    result: Exclude<Appended, { readonly outcome: 'ok' }>,
  ): Promise<void> => {
    switch (result.outcome) {
      case 'conflict':
        for (const asked of commands) asked.mayBeWritten = false;
        metrics?.conflicted(kind);
        return result.revision < expected ? storeFellBehind(result.revision, expected) : catchUp(result.revision);
      case 'unknown':
        // Should it land yet, the next append finds its revision taken.
        state.distrust();
        for (const asked of commands) expire(asked);
        return;
      case 'unavailable':
        return turnAway(commands, result.error);
      case 'fault':
        return failAll(commands, result.error);
    }
  };

  /** Nothing was written and waiting helps nobody: clients are told at once. What finishes orders stays and is tried again. */
  const turnAway = (commands: readonly Asked[], cause: EventStoreUnavailableError): never => {
    tools.unavailable(cause);
    for (const asked of commands) {
      asked.mayBeWritten = false;
      if (asked.context.origin === 'client') fail(asked, new Problem('EVENT_STORE_UNAVAILABLE', {}, { cause }));
    }
    throw cause;
  };

  const tryAppend = (events: readonly NewEvent[], expected: Revision): Promise<Appended> =>
    eventStore.append(stream, expected, events).catch(thrown);

  /** The very same append again until its outcome is known, or its last command's deadline has passed. */
  const appendUntilKnown = async (
    commands: readonly Asked[],
    events: readonly NewEvent[],
    expected: Revision,
    first: Appended,
  ): Promise<Appended> => {
    const last = lastDeadline(commands);
    let result = first;
    // Unavailable at a later try says nothing: an earlier one may have landed.
    for (let attempt = 0; isOpen(result) || result.outcome === 'unavailable'; attempt += 1) {
      // Written now, it could stand on what is not there any more.
      if (!commands.every(({ context }) => ground.holds(context.footing))) return { outcome: 'unknown', cause: result };
      metrics?.outcomeUnknown(kind);
      obstacle = 'EVENT_STORE_UNAVAILABLE';
      if (clock.monotonic() < last) await pause(backOff(random, attempt, afterUnknown), last);
      if (clock.monotonic() >= last) return { outcome: 'unknown', cause: result };
      result = await tryAppend(events, expected);
    }
    return result;
  };

  const takeIn = (facts: readonly Event[], expected: Revision): void => {
    try {
      state.written(expected, facts);
    } catch (err) {
      // The events stand, so the answers do too; a state that cannot hold them is found again by the next command.
      logger.error({ alarm: 'fold', stream, revision: expected, err }, 'events were written that the state cannot take in');
      state.distrust();
    }
  };

  const standBack = (sent: number, commands: number): void => {
    const now = clock.monotonic();
    streak = commands > 1 ? streak + 1 : 0;
    if (now >= contestedUntil && streak < longestStreak) return;
    streak = 0;
    notBefore = now + random() * 2 * (now - sent);
  };

  const catchUp = async (revision: Revision): Promise<void> => {
    obstacle = 'WRITE_CONTENTION';
    contestedUntil = clock.monotonic() + contestedForMs;
    state.distrust();
    await pause(backOff(random, conflicts, afterConflict), lastDeadline(queue));
    conflicts += 1;
    const giveUp = clock.monotonic() + showsWithinMs;
    for (let attempt = 0; (await state.refresh()).revision < revision && clock.monotonic() < giveUp; attempt += 1)
      await pause(backOff(random, attempt, untilItShows), giveUp);
  };

  const storeFellBehind = async (revision: Revision, expected: Revision): Promise<void> => {
    logger.error(
      { alarm: 'store-behind', stream, revision, expected },
      'the event store stands behind what it acknowledged: restored from a backup, or another database',
    );
    tools.forgetAll();
    await pause(backOff(random, conflicts, afterConflict), lastDeadline(queue));
    conflicts += 1;
  };

  return { ask, isRunning: () => running };
};
