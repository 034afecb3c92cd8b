import { randomUUID } from 'node:crypto';
import { Server, status, type sendUnaryData, type ServerDuplexStream, type ServerUnaryCall } from '@grpc/grpc-js';
import type { Call, FaultScript } from './faults.js';
import { gossipMessage, type Member } from './gossip.js';
import { listen } from './listening.js';
import { esdbNode, type Endpoint } from './node.js';
import { features, GossipService, ServerFeaturesService, StreamsService, type gossip, type shared } from './protocol.js';
import { readingService } from './reading.js';
import { writingService, type CallRegister } from './writing.js';

export type EsdbSimOptions = {
  /** Keeps the log in one file of this folder; in memory without one. */
  readonly folder?: string;
  /** One that is free unless given. */
  readonly port?: number;
  /** 127.0.0.1 unless given. */
  readonly host?: string;
  /** Starts with what this node has committed, as a newly elected leader does. */
  readonly copyOf?: EsdbSim;
  readonly faults?: FaultScript;
  /** How long an append waits to be committed before the server answers that it timed out. */
  readonly commitTimeoutMs?: number;
  /** Calls that one connection may have open; more of them wait in the client. */
  readonly maxConcurrentStreams?: number;
};

export type CallCounts = Readonly<Record<Call['method'], number>>;

export type EsdbSim = {
  /** For a client of this node alone. */
  readonly url: string;
  readonly endpoint: Endpoint;
  /** What goes wrong from now on. */
  readonly setFaults: (faults: FaultScript | undefined) => void;
  readonly calls: () => CallCounts;
  /** Append calls by the kind of their stream: what its name has before the first `-`. */
  readonly appendsTo: () => Readonly<Record<string, number>>;
  /** Calls answered right now, subscriptions included, and the most there ever were at once. */
  readonly inFlight: () => { readonly now: number; readonly most: number };
  /** Batch appends are announced and refused: no client of the shop may send one. */
  readonly batchAppends: () => number;
  /** Appends events that no application wrote. */
  readonly writeSystemEvents: (count: number) => void;
  /** Loses its quorum: what it writes from now on is not committed and not acknowledged; reads are answered as before. */
  readonly loseQuorum: () => void;
  /** Commits what it has written meanwhile. */
  readonly regainQuorum: () => void;
  /** Is elected after another node: takes over what that one has committed, and leads. It must have begun as a copy of it. */
  readonly lead: (before: EsdbSim) => void;
  /** Learns who leads: what it never committed is gone. */
  readonly follow: (leader: EsdbSim) => void;
  /** Stands still: takes no call and sends nothing until `thaw`. */
  readonly freeze: () => void;
  readonly thaw: () => void;
  /** Resets every connection; new ones are taken. */
  readonly cutConnections: () => void;
  /** What gossip says; this node alone, leading, unless set. */
  readonly setMembers: (members: readonly Member[]) => void;
  /** Events that readers can see. */
  readonly committed: () => number;
  /** The committed log, as another node copies it. */
  readonly node: ReturnType<typeof esdbNode>;
  /** Ends at once, open calls broken off. */
  readonly stop: () => Promise<void>;
};

const maxMessageBytes = 17 * 1024 * 1024;

const supportedMethods = () => {
  const supported = new features.SupportedMethods();
  supported.setEventStoreServerVersion('23.10.8');
  supported.setMethodsList(
    ['append', 'batchappend', 'read', 'delete', 'tombstone'].map((name) => {
      const method = new features.SupportedMethod();
      method.setServiceName('event_store.client.streams.streams');
      method.setMethodName(name);
      method.setFeaturesList(name === 'batchappend' ? ['deadline_duration'] : name === 'read' ? ['position', 'events'] : []);
      return method;
    }),
  );
  return supported;
};

const callRegister = (script: () => FaultScript | undefined) => {
  const counts = { append: 0, read: 0, 'read-all': 0, subscribe: 0, delete: 0, tombstone: 0 };
  const appends = new Map<string, number>();
  let [now, most] = [0, 0];
  const register: CallRegister = {
    begin: (call) => {
      counts[call.method] += 1;
      if (call.method === 'append') {
        const kind = call.stream?.split('-', 1)[0] ?? '';
        appends.set(kind, (appends.get(kind) ?? 0) + 1);
      }
      now += 1;
      most = Math.max(most, now);
      let open = true;
      const end = () => {
        if (open) now -= 1;
        open = false;
      };
      return { fault: script()?.({ ...call, number: counts[call.method] }), end };
    },
  };
  return { register, counts: () => ({ ...counts }), appendsTo: () => Object.fromEntries(appends), inFlight: () => ({ now, most }) };
};

/** Starts a server of the EventStoreDB protocol: one node, for tests and development, never for a shop. */
export const startEsdbSim = async (options: EsdbSimOptions = {}): Promise<EsdbSim> => {
  const { folder, port = 0, host = '127.0.0.1', copyOf, commitTimeoutMs = 2_000, maxConcurrentStreams = 100 } = options;
  const copied = copyOf?.node.log.writtenFrom(0).slice(0, copyOf.committed());
  const node = esdbNode({ folder, ...(copied ? { copied } : undefined), now: Date.now });
  let faults = options.faults;
  let members: readonly Member[] | undefined;
  let batchAppends = 0;
  const { register, counts, appendsTo, inFlight } = callRegister(() => faults);
  const server = new Server({
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': maxMessageBytes,
    'grpc.max_concurrent_streams': maxConcurrentStreams,
  });
  const cutConnections = () => listening.cut();

  server.addService(StreamsService, {
    ...writingService({ node, calls: register, commitTimeoutMs, cutConnections }),
    ...readingService({ node, calls: register, newId: randomUUID, cutConnections }),
    batchAppend: (call: ServerDuplexStream<unknown, unknown>) => {
      batchAppends += 1;
      call.emit('error', { code: status.UNIMPLEMENTED, details: 'batch appends lose answers: give credentials in every call' });
    },
  });
  server.addService(ServerFeaturesService, {
    getSupportedMethods: (_: unknown, answer: sendUnaryData<features.SupportedMethods>) => answer(null, supportedMethods()),
  });
  server.addService(GossipService, {
    read: (_: ServerUnaryCall<shared.Empty, gossip.ClusterInfo>, answer: sendUnaryData<gossip.ClusterInfo>) => {
      const tell = () => answer(null, gossipMessage(members ?? [{ ...endpoint, state: 'leader' }]));
      void (node.awake() ?? Promise.resolve()).then(tell);
    },
  });
  const listening = await listen(server, { host, port });
  const endpoint: Endpoint = { host, port: listening.port };
  const systemEvent = () => ({
    id: randomUUID(),
    type: '$statsCollected',
    contentType: 'application/json',
    data: Buffer.from('{"proc-cpu":1}'),
    metadata: new Uint8Array(),
  });
  const writeSystemEvents = (count: number) => {
    node.append(`$stats-${host}:${endpoint.port}`, 'any', Array.from({ length: count }, systemEvent));
  };
  if (node.log.written() === 0) writeSystemEvents(2); // a fresh server has some of its own

  return {
    url: `esdb://${host}:${endpoint.port}?tls=false`,
    endpoint,
    setFaults: (script) => {
      faults = script;
    },
    calls: counts,
    appendsTo,
    inFlight,
    batchAppends: () => batchAppends,
    writeSystemEvents,
    loseQuorum: () => node.become({ role: 'without-quorum' }),
    regainQuorum: () => node.become({ role: 'leader' }),
    lead: (before) => {
      node.log.discard();
      node.log.restore(before.node.log.writtenFrom(node.log.written()).slice(0, before.committed() - node.log.written()));
      node.become({ role: 'leader' });
    },
    follow: (leader) => {
      node.log.discard();
      node.become({ role: 'follower', leader: leader.endpoint });
    },
    freeze: node.freeze,
    thaw: node.thaw,
    cutConnections,
    setMembers: (list) => {
      members = list;
    },
    committed: node.log.committed,
    node,
    stop: async () => {
      node.thaw();
      await listening.close();
      await node.close();
    },
  };
};
