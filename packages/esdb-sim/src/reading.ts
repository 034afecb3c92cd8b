import type { ServerWritableStream } from '@grpc/grpc-js';
import { never, type Call, type Fault } from './faults.js';
import type { LogRecord } from './log.js';
import { caughtUpMessage, checkpointMessage, confirmationMessage, eventMessage, notFoundMessage, streamName } from './messages.js';
import type { EsdbNode } from './node.js';
import { streams } from './protocol.js';
import { accessDenied, invalidRequest, notLeader, plainStatus, refusalOf, streamDeleted } from './refusals.js';
import type { CallRegister } from './writing.js';

type ReadReq = streams.ReadReq;
type ReadResp = streams.ReadResp;
type ReadCall = ServerWritableStream<ReadReq, ReadResp>;
type ReadOptions = NonNullable<ReturnType<ReadReq['getOptions']>>;

export type ReadingTools = {
  readonly node: EsdbNode;
  readonly calls: CallRegister;
  readonly newId: () => string;
  readonly cutConnections: () => void;
};

const { FORWARDS } = streams.ReadReq.Options.ReadDirection;
const checkpointEvery = 32; // records passed over

export const readingService = ({ node, calls, newId, cutConnections }: ReadingTools) => {
  const { log } = node;

  const readStream = (options: ReadOptions, count: number): readonly LogRecord[] | ReadResp => {
    const from = options.getStream();
    const stream = streamName(from?.getStreamIdentifier());
    const records = log.read(stream);
    if (records === 'deleted') throw streamDeleted(stream);
    if (!records) return notFoundMessage(stream);
    const revision = from?.hasStart() ? 0 : from?.hasEnd() ? Infinity : Number(from?.getRevision());
    if (options.getReadDirection() === FORWARDS) return records.filter((record) => record.revision >= revision).slice(0, count);
    return records
      .filter((record) => record.revision <= revision)
      .slice(-count)
      .reverse();
  };

  /** Index of the record at a position. @throws where none begins there */
  const exactIndex = (position: number): number => {
    const index = log.indexAt(position);
    if (position !== 0 && position !== log.end() && log.record(index)?.position !== position)
      throw invalidRequest('Exception was thrown by handler.');
    return index;
  };
  const readAll = (options: ReadOptions, count: number): readonly LogRecord[] => {
    const from = options.getAll();
    const asked = from?.getPosition();
    const position = asked ? Number(asked.getCommitPosition()) : from?.hasEnd() ? log.end() : 0;
    const records: LogRecord[] = [];
    const take = (first: number, step: 1 | -1) => {
      for (let index = first; index >= 0 && records.length < count; index += step) {
        const record = log.record(index);
        if (!record) break;
        records.push(record);
      }
      return records;
    };
    if (options.getReadDirection() === FORWARDS) return position > log.end() ? [] : take(exactIndex(position), 1);
    if (position > log.end()) throw invalidRequest('Exception was thrown by handler.');
    return take(Math.min(exactIndex(position), log.committed()) - 1, -1);
  };

  /** Writes a message; resolves when the client can take more. */
  const send = (call: ReadCall, message: ReadResp): Promise<void> | void => {
    if (call.write(message)) return;
    return new Promise((resolve) => {
      const end = () => {
        call.off('drain', end).off('cancelled', end);
        resolve();
      };
      call.on('drain', end).on('cancelled', end);
    });
  };

  /** How many events go out before a fault strikes, and what it does then. */
  const strike = async (call: ReadCall, fault: Fault | undefined, sent: number): Promise<'go on' | 'ended'> => {
    if (fault === undefined || !('after' in fault) || sent < fault.after) return 'go on';
    if (fault.fault === 'stall') return never();
    if (fault.fault === 'break') throw plainStatus(fault.code, 'a status that the fault script asked for');
    call.end();
    return 'ended';
  };

  const answerRead = async (call: ReadCall, options: ReadOptions, fault: Fault | undefined): Promise<void> => {
    const count = Number(options.getCount());
    if (count === 0) throw invalidRequest('Exception was thrown by handler.');
    const found = options.hasAll() ? readAll(options, count) : readStream(options, count);
    if (!('length' in found)) await send(call, found);
    else
      for (const [sent, record] of found.entries()) {
        if (call.cancelled || (await strike(call, fault, sent)) === 'ended') return;
        await send(call, eventMessage(record));
      }
    if ((await strike(call, fault, Infinity)) === 'go on') call.end();
  };

  const firstIndex = (options: ReadOptions, fault: Fault | undefined): number => {
    const from = options.getAll();
    const asked = from?.getPosition();
    const position = Number(asked?.getCommitPosition() ?? 0);
    if (asked && position > log.end()) return Infinity;
    const index = asked ? exactIndex(position) + (position === 0 || position === log.end() ? 0 : 1) : from?.hasEnd() ? log.committed() : 0;
    return fault?.fault === 'redeliver' ? Math.max(0, index - fault.records) : index;
  };

  const nextCommit = (call: ReadCall, index: number): Promise<void> =>
    new Promise((resolve) => {
      if (call.cancelled || log.record(index)) return resolve();
      const end = () => {
        stop();
        call.off('cancelled', end);
        resolve();
      };
      const stop = log.watch(end);
      call.on('cancelled', end);
    });

  const answerSubscription = async (call: ReadCall, options: ReadOptions, fault: Fault | undefined): Promise<void> => {
    const prefixes = options.getFilter()?.getStreamIdentifier()?.getPrefixList();
    await send(call, confirmationMessage(newId()));
    let caughtUp = false;
    let [sent, passed] = [0, 0];
    for (let index = firstIndex(options, fault); !call.cancelled;) {
      if ((await strike(call, fault, sent)) === 'ended') return;
      const record = log.record(index);
      if (!record) {
        if (!caughtUp) await send(call, caughtUpMessage());
        caughtUp = true;
        await nextCommit(call, index);
        await node.awake();
        continue;
      }
      index += 1;
      if (!prefixes || prefixes.some((prefix) => record.stream.startsWith(prefix))) {
        sent += 1;
        await send(call, eventMessage(record));
      } else if ((passed += 1) % checkpointEvery === 0) await send(call, checkpointMessage(record.position));
    }
  };

  const describe = (call: ReadCall, options: ReadOptions): Omit<Call, 'number'> => {
    const requiresLeader = call.metadata.get('requires-leader').length > 0;
    if (options.hasSubscription()) return { method: 'subscribe', requiresLeader };
    if (options.hasAll()) return { method: 'read-all', requiresLeader };
    return { method: 'read', stream: streamName(options.getStream()?.getStreamIdentifier()), requiresLeader };
  };

  const answer = async (call: ReadCall, options: ReadOptions): Promise<void> => {
    const asked = describe(call, options);
    const { fault, end } = calls.begin(asked);
    call.once('cancelled', end);
    try {
      await node.awake();
      if (fault?.fault === 'silence') return await never();
      if (fault?.fault === 'slow') await fault.until;
      if (fault?.fault === 'access-denied') throw accessDenied();
      if (fault?.fault === 'status') throw plainStatus(fault.code, fault.details ?? 'a status that the fault script asked for');
      if (fault?.fault === 'cut') return cutConnections();
      const role = node.role();
      if (asked.requiresLeader && role.role === 'follower') throw notLeader(role.leader.host, role.leader.port);
      await (options.hasSubscription() ? answerSubscription(call, options, fault) : answerRead(call, options, fault));
    } finally {
      end();
    }
  };

  return {
    read: (call: ReadCall) => {
      call.on('error', () => undefined);
      const options = call.request.getOptions();
      if (!options) return call.end();
      answer(call, options).catch((error: unknown) => call.emit('error', refusalOf(error)));
    },
  };
};
