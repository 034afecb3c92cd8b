import type { sendUnaryData, ServerReadableStream, ServerUnaryCall } from '@grpc/grpc-js';
import { never, type Call, type Fault } from './faults.js';
import type { AppendVerdict, Expected, LogRecord, Proposal } from './log.js';
import { streamName, successMessage, textOfId, wrongVersionMessage } from './messages.js';
import type { EsdbNode } from './node.js';
import { streams } from './protocol.js';
import {
  accessDenied,
  refusalOf,
  type Refusal,
  appendTooLarge,
  commitTimeout,
  invalidRequest,
  notLeader,
  plainStatus,
  streamDeleted,
  wrongExpectedVersion,
} from './refusals.js';

const maxAppendSize = 1024 * 1024; // bytes of data, metadata and types not counted
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export type CallRegister = {
  readonly begin: (call: Omit<Call, 'number'>) => { readonly fault: Fault | undefined; readonly end: () => void };
};
export type WritingTools = {
  readonly node: EsdbNode;
  readonly calls: CallRegister;
  readonly commitTimeoutMs: number;
  readonly cutConnections: () => void;
};

type ExpectedOptions = {
  hasRevision: () => boolean;
  getRevision: () => string;
  hasNoStream: () => boolean;
  hasStreamExists: () => boolean;
};
const expectedOf = (options: ExpectedOptions): Expected => {
  if (options.hasRevision()) return Number(options.getRevision());
  if (options.hasNoStream()) return -1;
  return options.hasStreamExists() ? 'exists' : 'any';
};

const proposalOf = (message: InstanceType<typeof streams.AppendReq.ProposedMessage>): Proposal => ({
  id: textOfId(message.getId()),
  type: message.getMetadataMap().get('type') ?? '',
  contentType: message.getMetadataMap().get('content-type') ?? 'application/octet-stream',
  data: message.getData_asU8(),
  metadata: message.getCustomMetadata_asU8(),
});

const flawOf = (events: readonly Proposal[]): Refusal | undefined => {
  if (events.some(({ type }) => type === '')) return invalidRequest('Exception was thrown by handler.');
  if (events.some(({ id }) => !uuid.test(id))) return invalidRequest('Exception was thrown by handler.');
  const size = events.reduce((sum, { data }) => sum + data.length, 0);
  return size > maxAppendSize ? appendTooLarge(maxAppendSize) : undefined;
};

const needsLeader = (call: { metadata: { get: (name: string) => readonly unknown[] } }) => call.metadata.get('requires-leader').length > 0;

export const writingService = ({ node, calls, commitTimeoutMs, cutConnections }: WritingTools) => {
  /** Writes under whatever fault is due. Throws a refusal, or never ends where nobody is to answer. */
  const underFault = async (fault: Fault | undefined, write: () => AppendVerdict): Promise<AppendVerdict> => {
    if (fault?.fault === 'silence') return never();
    if (fault?.fault === 'access-denied') throw accessDenied();
    if (fault?.fault === 'slow') await fault.until;
    if (fault?.fault === 'late') {
      await fault.until;
      write();
      return never();
    }
    const inTime = fault?.fault === 'status' || fault?.fault === 'cut' ? fault.when === 'after' : true;
    const verdict = inTime ? write() : undefined;
    if (fault?.fault === 'silence-after') return never();
    if (fault?.fault === 'cut') {
      if (verdict?.verdict === 'written') await node.whenCommitted(verdict.record, commitTimeoutMs);
      cutConnections();
      return never();
    }
    if (fault?.fault === 'status') throw plainStatus(fault.code, fault.details ?? 'a status that the fault script asked for');
    return verdict ?? never();
  };

  const committed = async (record: LogRecord | undefined): Promise<void> => {
    if (!(await node.whenCommitted(record, commitTimeoutMs))) throw commitTimeout();
    await node.awake();
  };

  const write = async (call: Omit<Call, 'number'>, doWrite: () => AppendVerdict): Promise<AppendVerdict> => {
    const { fault, end } = calls.begin(call);
    try {
      await node.awake();
      const role = node.role();
      if (role.role === 'follower') throw notLeader(role.leader.host, role.leader.port);
      const verdict = await underFault(fault, doWrite);
      if (verdict.verdict === 'written') await committed(verdict.record);
      return fault?.fault === 'no-position' && verdict.verdict === 'written' ? { ...verdict, record: undefined } : verdict;
    } finally {
      end();
    }
  };

  const readAppend = (call: ServerReadableStream<InstanceType<typeof streams.AppendReq>, unknown>) =>
    new Promise<{ stream: string; expected: Expected; events: Proposal[] }>((resolve, reject) => {
      let header: { stream: string; expected: Expected } = { stream: '', expected: 'any' };
      const events: Proposal[] = [];
      call.on('data', (message: InstanceType<typeof streams.AppendReq>) => {
        const options = message.getOptions();
        const proposed = message.getProposedMessage();
        if (options) header = { stream: streamName(options.getStreamIdentifier()), expected: expectedOf(options) };
        if (proposed) events.push(proposalOf(proposed));
      });
      call.on('end', () => resolve({ ...header, events }));
      call.on('error', reject);
    });

  type Answer<Response> = sendUnaryData<Response>;
  const answerTo = <Response>(answer: Answer<Response>, work: Promise<Response>): void => {
    void work.then(
      (response) => answer(null, response),
      (error: unknown) => answer(refusalOf(error)),
    );
  };

  const remove =
    <Response>(kind: 'delete' | 'tombstone', response: (position: number) => Response) =>
    (
      call: ServerUnaryCall<InstanceType<typeof streams.DeleteReq> | InstanceType<typeof streams.TombstoneReq>, Response>,
      answer: Answer<Response>,
    ) => {
      const options = call.request.getOptions();
      const stream = streamName(options?.getStreamIdentifier());
      const expected = options ? expectedOf(options) : 'any';
      const work = async () => {
        const verdict = await write({ method: kind, stream, requiresLeader: needsLeader(call) }, () => node.remove(stream, expected, kind));
        if (verdict.verdict === 'stream-deleted') throw streamDeleted(stream);
        if (verdict.verdict === 'wrong-expected-version') throw wrongExpectedVersion(stream, Number(expected), verdict.current);
        return response(verdict.record?.position ?? 0);
      };
      answerTo(answer, work());
    };

  return {
    append: (
      call: ServerReadableStream<InstanceType<typeof streams.AppendReq>, InstanceType<typeof streams.AppendResp>>,
      answer: Answer<InstanceType<typeof streams.AppendResp>>,
    ) => {
      const work = async () => {
        const { stream, expected, events } = await readAppend(call);
        const flaw = flawOf(events);
        if (flaw) throw flaw;
        const verdict = await write({ method: 'append', stream, requiresLeader: needsLeader(call) }, () =>
          node.append(stream, expected, events),
        );
        if (verdict.verdict === 'stream-deleted') throw streamDeleted(stream);
        if (verdict.verdict === 'wrong-expected-version') return wrongVersionMessage(expected, verdict.current);
        return successMessage(verdict.revision, verdict.record?.position);
      };
      answerTo(answer, work());
    },
    delete: remove('delete', (position) => {
      const at = new streams.DeleteResp.Position();
      at.setCommitPosition(String(position));
      at.setPreparePosition(String(position));
      const response = new streams.DeleteResp();
      response.setPosition(at);
      return response;
    }),
    tombstone: remove('tombstone', (position) => {
      const at = new streams.TombstoneResp.Position();
      at.setCommitPosition(String(position));
      at.setPreparePosition(String(position));
      const response = new streams.TombstoneResp();
      response.setPosition(at);
      return response;
    }),
  };
};
