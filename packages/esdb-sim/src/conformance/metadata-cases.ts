import { BACKWARDS, END, NO_STREAM } from '@eventstore/db-client';
import { attempt, happened, ofStream, type Case, type Driver } from './driver.js';

const limitedToOne = async (server: Driver): Promise<string> => {
  const stream = server.newStream('snap');
  await server.limited(stream, 1);
  return stream;
};
const deleted = async (server: Driver) => {
  const filled = await server.filled(2);
  await server.client.deleteStream(filled.stream, { expectedRevision: 1n, credentials: server.credentials });
  return filled;
};

const snapshots: Case[] = [
  {
    id: 'F01',
    answer: async (server) => {
      const stream = server.newStream('snap');
      const set = () => attempt(async () => `ok rev=${(await server.limited(stream, 1)).nextExpectedRevision}`);
      return `${await set()} | ${await set()}`;
    },
  },
  {
    id: 'F02',
    answer: async (server) => {
      const { stream } = await server.filled(3, await limitedToOne(server));
      const forwards = await server.revisionsRead(stream);
      const backwards = await server.revisionsRead(stream, { direction: BACKWARDS, fromRevision: END, maxCount: 5 });
      const next = await server.appended(stream, [happened()], 2n);
      return `forwards ${forwards}, backwards ${backwards}, next append at 2: ${next.text}`;
    },
  },
  {
    id: 'F03',
    answer: async (server) => {
      const stream = await limitedToOne(server);
      const read = await server.revisionsRead(stream);
      return `read: ${read}; append NO_STREAM: ${(await server.appended(stream, [happened()], NO_STREAM)).text}`;
    },
  },
  {
    id: 'F04',
    answer: async (server) => {
      const { client, credentials } = server;
      const one = await client.getStreamMetadata(await limitedToOne(server), { credentials });
      const none = await client.getStreamMetadata(server.newStream(), { credentials });
      const revision = one.metastreamRevision === 0n ? '0' : typeof one.metastreamRevision;
      return `${JSON.stringify(one.metadata)} revision=${revision} | ${JSON.stringify(none.metadata)}`;
    },
  },
  {
    id: 'F05',
    answer: async (server) => {
      const { stream } = await server.filled(3, await limitedToOne(server));
      return `${ofStream(await server.newest(), stream).length} of 3`;
    },
  },
  {
    id: 'F06',
    answer: async (server) => {
      const { stream, events } = await server.filled(2, await limitedToOne(server));
      return (await server.appended(stream, events.slice(0, 1), NO_STREAM)).text;
    },
  },
];

const deletes: Case[] = [
  { id: 'G01', answer: async (server) => server.revisionsRead((await deleted(server)).stream) },
  {
    id: 'G02',
    answer: async (server) => {
      const { stream } = await deleted(server);
      const { text } = await server.appended(stream, [happened()], NO_STREAM);
      return `${text}, reads ${await server.revisionsRead(stream)}`;
    },
  },
  { id: 'G03', answer: async (server) => (await server.appended((await deleted(server)).stream, [happened()], 1n)).text },
  {
    id: 'G04',
    answer: async (server) => {
      const { stream, events } = await deleted(server);
      const { text } = await server.appended(stream, events.slice(0, 1), NO_STREAM);
      return `${text}, reads ${await server.revisionsRead(stream)}`;
    },
  },
  {
    id: 'G05',
    answer: async (server) => {
      const { stream } = await server.filled(2);
      await server.client.tombstoneStream(stream, { expectedRevision: 1n, credentials: server.credentials });
      const read = await server.revisionsRead(stream);
      const [at, anew] = [await server.appended(stream, [happened()], 1n), await server.appended(stream, [happened()], NO_STREAM)];
      return `${read} | ${at.text} | ${anew.text}`;
    },
  },
  {
    id: 'G06',
    answer: async (server) => {
      const { stream } = await server.filled(2);
      const { client, credentials } = server;
      return attempt(async () => {
        await client.deleteStream(stream, { expectedRevision: 0n, credentials });
        return 'ok';
      });
    },
  },
];

export const metadataCases: readonly Case[] = [...snapshots, ...deletes];
