import { BACKWARDS, END, FORWARDS, jsonEvent, NO_STREAM } from '@eventstore/db-client';
import {
  attempt,
  farBeyondTheEnd,
  happened,
  ofStream,
  revisions,
  same,
  shifted,
  times,
  wrongPassword,
  type Case,
  type Driver,
} from './driver.js';

const events: Case[] = [
  {
    id: 'C01',
    answer: async (server) => {
      const stream = server.newStream();
      const data = { s: '재고 ✓', n: 9007199254740991, f: 0.1, a: [null, true], o: { x: 1 } };
      await server.append(stream, [jsonEvent({ type: 'Née', data, metadata: { m: 1 } })], NO_STREAM);
      const [read] = await server.read(stream);
      const event = read?.event;
      if (!event) return 'nothing';
      const position = event.position ? (event.position.commit === event.position.prepare ? 'commit=prepare' : 'commit≠prepare') : 'none';
      const content = `data=${JSON.stringify(event.data)} metadata=${JSON.stringify(event.metadata)} json=${event.isJson}`;
      const place = `rev=${event.revision} stream=${event.streamId === stream} created=${event.created.constructor.name} position=${position}`;
      return `type=${event.type} ${content} ${place} link=${read.link === undefined ? 'undefined' : 'given'} commitPosition=${read.commitPosition === undefined ? 'none' : 'given'}`;
    },
  },
  {
    id: 'C02',
    answer: async (server) => {
      const { stream } = await server.filled(1);
      return `metadata=${JSON.stringify((await server.read(stream))[0]?.event?.metadata)}`;
    },
  },
  {
    id: 'C03',
    answer: async (server) => {
      const stream = server.newStream();
      const { position } = await server.append(
        stream,
        times(3, (n) => happened(n)),
        NO_STREAM,
      );
      const stored = (await server.read(stream)).flatMap(({ event }) => event?.position ?? []);
      const rises = (part: 'commit' | 'prepare') =>
        stored.every((at, index) => index === 0 || at[part] > (stored[index - 1]?.[part] ?? 0n));
      const which = same(position, stored[2]) ? 'is the last' : same(position, stored[0]) ? 'is the first' : 'is another';
      return `commit ${rises('commit') ? 'rising' : 'mixed'}, prepare ${rises('prepare') ? 'rising' : 'not rising'}, answer ${which}`;
    },
  },
  {
    id: 'C04',
    answer: async (server) => {
      const stream = server.newStream();
      await server.append(
        stream,
        times(3, (n) => happened(n)),
        NO_STREAM,
      );
      const viaStream = (await server.read(stream)).map(({ event }) => event?.position);
      const viaAll = ofStream(await server.newest(), stream)
        .reverse()
        .map(({ event }) => event?.position);
      const equal = viaAll.length === 3 && viaAll.every((position, index) => same(position, viaStream[index]));
      return equal ? 'the same three positions' : `differ: ${viaAll.length} found`;
    },
  },
];

const streams: Case[] = [
  { id: 'D01', answer: (server) => server.revisionsRead(server.newStream()) },
  { id: 'D02', answer: async (server) => server.revisionsRead((await server.filled(2)).stream, { fromRevision: 9n }) },
  { id: 'D03', answer: async (server) => server.revisionsRead((await server.filled(3)).stream, { fromRevision: 1n }) },
  {
    id: 'D04',
    answer: async (server) =>
      server.revisionsRead((await server.filled(3)).stream, { direction: BACKWARDS, fromRevision: END, maxCount: 1 }),
  },
  {
    id: 'D05',
    answer: async (server) => server.revisionsRead((await server.filled(3)).stream, { direction: BACKWARDS, fromRevision: 9n }),
  },
  {
    id: 'D06',
    answer: async (server) => server.revisionsRead((await server.filled(3)).stream, { direction: BACKWARDS, fromRevision: 1n }),
  },
  { id: 'D07', answer: async (server) => server.revisionsRead((await server.filled(1)).stream, { maxCount: 0 }) },
  { id: 'D15', answer: (server) => server.revisionsRead(server.newStream(), { credentials: wrongPassword }) },
];

const afterEach = async (server: Driver, isThere: (stream: string) => Promise<boolean>): Promise<string> => {
  let missed = 0;
  for (let n = 0; n < 100; n += 1) {
    const stream = server.newStream();
    await server.append(stream, [happened()], NO_STREAM);
    if (!(await isThere(stream))) missed += 1;
  }
  return `${missed} missed`;
};

const wholeLog: Case[] = [
  {
    id: 'D08',
    answer: async (server) => {
      const { stream, first } = await server.filled(2);
      const [read] = await server.readAll({ direction: FORWARDS, fromPosition: first, maxCount: 50 });
      return `first is ${read?.event?.streamId === stream ? `revision ${read.event.revision}` : 'another'}`;
    },
  },
  {
    id: 'D09',
    answer: async (server) => {
      const { stream, last } = await server.filled(2);
      const read = await server.readAll({ direction: BACKWARDS, fromPosition: last, maxCount: 50 });
      return `revisions ${revisions(ofStream(read, stream))}`;
    },
  },
  {
    id: 'D10',
    answer: async (server) => {
      const between = shifted((await server.filled(2)).first, 1n);
      return attempt(async () => `${(await server.readAll({ direction: FORWARDS, fromPosition: between, maxCount: 5 })).length} events`);
    },
  },
  {
    id: 'D11',
    answer: (server) =>
      attempt(async () => `${(await server.readAll({ direction: FORWARDS, fromPosition: farBeyondTheEnd, maxCount: 5 })).length} events`),
  },
  {
    id: 'D12',
    answer: (server) =>
      attempt(async () => `${(await server.readAll({ direction: BACKWARDS, fromPosition: farBeyondTheEnd, maxCount: 5 })).length} events`),
  },
  { id: 'D13', answer: (server) => afterEach(server, async (stream) => ofStream(await server.newest(), stream).length === 1) },
  { id: 'D14', answer: (server) => afterEach(server, async (stream) => (await server.count(stream)) === '1') },
];

export const readCases: readonly Case[] = [...events, ...streams, ...wholeLog];
