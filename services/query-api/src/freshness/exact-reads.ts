import type { Clock } from '@shop/clock';
import { beginning, laterOf, type EventStore, type Position } from '@shop/event-store';
import { Problem, type Consistency, type Route, type RouteRequest } from '@shop/http';
import { loadServing, stateCollections, type ReadModelName, type ReadStore, type ServingModel } from '@shop/read-store';
import type { Logger } from 'pino';
import { followModel, type FollowedModel } from './followed-model.js';
import { hasReached, lagging, reach, type Patience } from './reach.js';
import { readView, type ReadView } from './read-view.js';
import { sharedHead } from './shared-head.js';
import { waitingRoom, type Ticket, type WaitingRoomLimits } from './waiting-room.js';

export type ReadRequest = Pick<RouteRequest<Route>, 'consistency' | 'actor'>;
/** The read models that a query was opened on. */
export type ReadViews<Names extends ReadModelName> = <Name extends Names>(name: Name) => ReadView<Name>;

export type ExactReads = {
  /**
   * Waits until the read models are as fresh as the request asks, then hands them out.
   * @throws Problem `READ_MODEL_LAGGING`, `READ_MODEL_DEGRADED`, `EVENT_STORE_UNAVAILABLE`, `CONSISTENCY_TOKEN_INVALID` or `OVERLOADED`
   */
  readonly open: <Names extends ReadModelName>(request: ReadRequest, ...names: readonly Names[]) => Promise<ReadViews<Names>>;
  /** Where the log ends. @throws Problem `EVENT_STORE_UNAVAILABLE` */
  readonly head: () => Promise<Position>;
  /** Asks the read store how a read model stands, told of a change or not; undefined where nothing serves yet. */
  readonly look: (name: ReadModelName) => Promise<ServingModel | undefined>;
  /** The model once it has got to the position. @throws as `open` */
  readonly reach: (name: ReadModelName, position: Position) => Promise<ServingModel>;
  readonly waiting: () => number;
  readonly start: () => void;
  readonly stop: () => void;
};

export type ExactReadsParts = {
  readonly eventStore: Pick<EventStore, 'head'>;
  readonly readStore: ReadStore;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'warn' | 'info'>;
  readonly limits: WaitingRoomLimits;
  /** Tells a projector in the same process that somebody waits. */
  readonly onWait: () => void;
};

type MoreThanEventual = Exclude<Consistency, { readonly level: 'eventual' }>;

const noHead = (cause?: unknown): Problem => new Problem('EVENT_STORE_UNAVAILABLE', {}, { cause });

/** Says once when reads of a model begin to be refused, and once when they are whole again. */
const healthReport = (projection: ReadModelName, logger: ExactReadsParts['logger']) => {
  let known = '';
  return (model: ServingModel | undefined): void => {
    const stopped = model?.state === 'stopped';
    const parked = model?.parked.length ?? 0;
    const health = stopped || parked > 0 ? `${stopped} ${parked}` : '';
    if (health === known) return;
    known = health;
    if (health === '') logger.info({ projection }, 'read model is whole again');
    else logger.warn({ projection, stopped, parked }, 'read model is degraded');
  };
};

/** The models that readers follow, each known from its last look until the store tells of a change. */
const followModels = (readStore: ReadStore, logger: ExactReadsParts['logger']) => {
  const models = new Map<ReadModelName, FollowedModel>();
  let unwatch: readonly (() => void)[] = [];
  return {
    follow: (name: ReadModelName): FollowedModel => {
      const known = models.get(name);
      if (known) return known;
      const report = healthReport(name, logger);
      const model = followModel(async () => {
        const seen = await loadServing(readStore, name);
        report(seen);
        return seen;
      });
      models.set(name, model);
      return model;
    },
    start: (): void => {
      const changed = () => models.forEach((model) => model.changed());
      unwatch = [stateCollections.checkpoints, stateCollections.serving, stateCollections.parked].map((collection) =>
        readStore.watch(collection, changed),
      );
    },
    stop: (): void => unwatch.forEach((stopWatching) => stopWatching()),
  };
};

const patientHead =
  (ask: () => Promise<Position>) =>
  (ticket: Ticket): Promise<Position> =>
    new Promise((resolve, reject) => {
      ticket.onExpiry(() => reject(noHead()));
      ask().then(resolve, (cause: unknown) => reject(noHead(cause)));
    });

export const exactReads = ({ eventStore, readStore, clock, logger, limits, onWait }: ExactReadsParts): ExactReads => {
  const room = waitingRoom(clock, limits);
  const head = patientHead(sharedHead(() => eventStore.head(), { clock, patienceMs: limits.patienceMs }));
  const { follow, start, stop } = followModels(readStore, logger);

  const patiently = async <Answer>(user: string | undefined, work: (patience: Patience) => Promise<Answer>) => {
    const ticket = room.enter(user);
    try {
      return await work({ ticket, onWait });
    } finally {
      ticket.leave();
    }
  };
  /** Only a token that the read models have not reached yet needs the head: it may lie beyond the end of the log. */
  const requiredPosition = async (consistency: MoreThanEventual, names: readonly ReadModelName[], ticket: Ticket): Promise<Position> => {
    const { level, token = beginning } = consistency;
    if (level === 'session') {
      const known = await Promise.all(names.map((name) => follow(name).current()));
      if (known.every((model) => hasReached(model, token))) return token;
    }
    const end = await head(ticket);
    if (token > end) throw new Problem('CONSISTENCY_TOKEN_INVALID');
    return level === 'session' ? token : laterOf(end, token);
  };
  const upTo = (consistency: MoreThanEventual, names: readonly ReadModelName[]) => async (patience: Patience) => {
    const position = await requiredPosition(consistency, names, patience.ticket);
    const reached: ServingModel[] = [];
    for (const name of names) reached.push(await reach(follow(name), position, patience));
    return reached;
  };
  const whatIsThere = (names: readonly ReadModelName[]): Promise<ServingModel[]> =>
    Promise.all(
      names.map(async (name) => {
        const model = await follow(name).current();
        if (!model) throw lagging(model, beginning);
        return model;
      }),
    );
  return {
    open: async ({ consistency, actor }, ...names) => {
      const exact = consistency.level !== 'eventual';
      const user = actor === 'anonymous' ? undefined : actor;
      const found = await (consistency.level === 'eventual' ? whatIsThere(names) : patiently(user, upTo(consistency, names)));
      return (name) => {
        const model = found[names.indexOf(name)];
        if (!model) throw new Error(`the query was not opened on ${name}`);
        return readView(name, { readStore, model, exact });
      };
    },
    head: () => patiently(undefined, ({ ticket }) => head(ticket)),
    look: (name) => follow(name).reload(),
    reach: (name, position) => patiently(undefined, (patience) => reach(follow(name), position, patience)),
    waiting: room.size,
    start,
    stop: () => {
      stop();
      room.close();
    },
  };
};
