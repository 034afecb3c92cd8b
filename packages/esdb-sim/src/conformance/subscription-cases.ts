import { END, NO_STREAM, streamNameFilter } from '@eventstore/db-client';
import { attempt, farBeyondTheEnd, happened, ofStream, revisions, shifted, times, within, type Case } from './driver.js';

const conf = streamNameFilter({ prefixes: ['conf-'] });
const never = () => false;

export const subscriptionCases: readonly Case[] = [
  {
    id: 'E01',
    answer: async (server) => {
      const { stream, first } = await server.filled(3);
      const { seen } = await server.subscribed({ fromPosition: first, filter: conf }, (list) => list.length >= 2);
      return revisions(ofStream(seen, stream));
    },
  },
  {
    id: 'E02',
    answer: async (server) => {
      const { stream, first } = await server.filled(3);
      const { seen } = await server.subscribed({ fromPosition: first }, (list) => ofStream(list, stream).length >= 2);
      return revisions(ofStream(seen, stream));
    },
  },
  {
    id: 'E03',
    answer: async (server) => {
      const stream = server.newStream();
      await server.append(
        stream,
        times(3, (n) => happened(n)),
        NO_STREAM,
      );
      const fromPosition = (await server.read(stream))[1]?.event?.position;
      if (!fromPosition) return 'no position';
      const filter = streamNameFilter({ prefixes: [stream] });
      return revisions((await server.subscribed({ fromPosition, filter }, (list) => list.length >= 1)).seen);
    },
  },
  {
    id: 'E04',
    answer: async (server) => {
      const { last } = await server.filled(2);
      const { marks, ended } = await server.subscribed({ fromPosition: last, filter: conf }, never, { ms: 300 });
      return `${marks.join(' ') || 'none'}, ${ended}`;
    },
  },
  {
    id: 'E05',
    answer: async (server) => {
      const stream = server.newStream();
      const options = { fromPosition: END, filter: streamNameFilter({ prefixes: [stream] }) } as const;
      const { seen } = await server.subscribed(options, (list) => list.length >= 50, { then: () => server.filled(50, stream) });
      return `${seen.length} events, ${seen.every(({ event }, index) => event?.revision === BigInt(index)) ? 'in order' : 'out of order'}`;
    },
  },
  {
    id: 'E06',
    answer: async (server) => {
      const stream = server.newStream();
      const write = async () => {
        await server.limited(stream, 5);
        await server.append(stream, [happened()], NO_STREAM);
      };
      const { seen } = await server.subscribed({ fromPosition: END, filter: conf }, (list) => list.length >= 2, { ms: 300, then: write });
      return seen.some(({ event }) => event?.streamId.startsWith('$$')) ? 'yes' : `no, ${seen.length} event`;
    },
  },
  {
    id: 'E07',
    answer: async (server) => {
      const { stream } = await server.filled(1);
      const { client, credentials } = server;
      const then = () => client.tombstoneStream(stream, { expectedRevision: 0n, credentials });
      const { seen } = await server.subscribed({ fromPosition: END, filter: conf }, (list) => list.length >= 1, { then });
      const event = seen[0]?.event;
      if (!event) return 'nothing';
      return `type=${event.type} ${event.streamId === stream ? 'own stream' : event.streamId} json=${event.isJson} revision=${event.revision}`;
    },
  },
  {
    id: 'E08',
    answer: async (server) => {
      const { seen, marks, ended } = await server.subscribed({ fromPosition: farBeyondTheEnd }, never, { ms: 300 });
      return `${seen.length} events, ${marks.join(' ') || 'no marks'}, ${ended}`;
    },
  },
  {
    id: 'E09',
    answer: async (server) => {
      const fromPosition = shifted((await server.filled(3)).first, 1n);
      const { seen, ended } = await server.subscribed({ fromPosition, filter: conf }, (list) => list.length >= 2);
      return `${seen.length} events, ${ended}`;
    },
  },
  {
    id: 'E10',
    answer: async (server) => {
      const subscription = server.client.subscribeToAll({ credentials: server.credentials, fromPosition: END });
      const confirmed = new Promise<void>((resolve) => subscription.on('confirmation', resolve));
      let ended = 'not in 2 s';
      const follow = async () => {
        for await (const _ of subscription);
        return 'without error';
      };
      const following = attempt(follow).then((how) => (ended = how));
      await confirmed;
      await subscription.unsubscribe();
      await within(2_000, following);
      return ended;
    },
  },
  {
    id: 'E11',
    answer: async (server) => {
      const stream = server.newStream();
      const { last: fromPosition } = await server.filled(1);
      await server.append(
        stream,
        times(1_000, (n) => happened(n)),
        NO_STREAM,
      );
      const filter = streamNameFilter({ prefixes: [stream] });
      const { seen } = await server.subscribed({ fromPosition, filter }, (list) => list.length >= 1_000, { ms: 8_000 });
      const order = seen.every(({ event }, index) => event?.revision === BigInt(index)) ? 'in order' : 'out of order';
      return `${seen.length} events, ${new Set(seen.map(({ event }) => event?.id)).size} different, ${order}`;
    },
  },
];
