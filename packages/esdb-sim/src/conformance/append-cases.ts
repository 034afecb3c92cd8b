import { randomUUID } from 'node:crypto';
import { ANY, binaryEvent, NO_STREAM, STREAM_EXISTS } from '@eventstore/db-client';
import { happened, same, times, wrongPassword, type Case, type Driver } from './driver.js';

const pair = () => [happened(0), happened(1)] as const;
const retried = async (server: Driver, length: number, retry: (batch: ReturnType<typeof pair>) => ReturnType<typeof happened>[]) => {
  const stream = server.newStream();
  const batch = pair();
  await server.append(stream, [...batch], NO_STREAM);
  if (length > 2) await server.append(stream, [happened(2)], 1n);
  return { stream, answer: await server.appended(stream, retry(batch), NO_STREAM) };
};
const counted = async (server: Driver, { stream, answer }: Awaited<ReturnType<typeof retried>>) =>
  `${answer.text} count=${await server.count(stream)}`;
const placeOf = (same: boolean) => (same ? 'same-position' : 'other-position');
const distinct = (texts: readonly string[]) => [...new Set(texts)].sort().join(' / ');

const expectedRevisions: Case[] = [
  { id: 'A01', answer: async (server) => (await server.appended(server.newStream(), [happened()], NO_STREAM)).text },
  {
    id: 'A02',
    answer: async (server) => (await server.appended((await server.filled(2)).stream, [happened()], 1n)).text,
  },
  {
    id: 'A06',
    answer: async (server) => (await server.appended((await server.filled(3)).stream, [happened()], 0n)).text,
  },
  {
    id: 'A12',
    answer: async (server) => (await server.appended((await server.filled(2)).stream, [happened()], 7n)).text,
  },
  { id: 'A13', answer: async (server) => (await server.appended(server.newStream(), [happened()], 5n)).text },
  {
    id: 'A14',
    answer: async (server) => (await server.appended((await server.filled(2)).stream, [happened()], NO_STREAM)).text,
  },
  {
    id: 'A15',
    answer: async (server) => {
      const { stream, events } = await server.filled(2);
      return `${(await server.appended(stream, events.slice(0, 1), ANY)).text} count=${await server.count(stream)}`;
    },
  },
  {
    id: 'A18',
    answer: async (server) => {
      const stream = server.newStream();
      return `${(await server.appended(stream, [], NO_STREAM)).text} then count=${await server.count(stream)}`;
    },
  },
  { id: 'A19', answer: async (server) => (await server.appended((await server.filled(2)).stream, [], 0n)).text },
  { id: 'A24', answer: async (server) => (await server.appended(server.newStream(), [happened()], STREAM_EXISTS)).text },
];

const retries: Case[] = [
  {
    id: 'A03',
    answer: async (server) => {
      const { stream, events } = await server.filled(2);
      return `${(await server.appended(stream, events.slice(0, 1), 1n)).text} count=${await server.count(stream)}`;
    },
  },
  {
    id: 'A04',
    answer: async (server) => {
      const { stream, events, first } = await server.filled(3);
      const { text, result } = await server.appended(stream, events.slice(0, 1), NO_STREAM);
      return `${text} ${placeOf(same(result?.position, first))} count=${await server.count(stream)}`;
    },
  },
  {
    id: 'A05',
    answer: async (server) => {
      const stream = server.newStream();
      const batch = times(3, (n) => happened(n));
      const first = await server.append(stream, batch, NO_STREAM);
      await server.append(stream, [happened(3)], 2n);
      const { text, result } = await server.appended(stream, batch, NO_STREAM);
      return `${text} ${placeOf(same(result?.position, first.position))} count=${await server.count(stream)}`;
    },
  },
  { id: 'A07', answer: async (server) => (await retried(server, 2, ([a]) => [a, happened(9)])).answer.text },
  { id: 'A08', answer: async (server) => counted(server, await retried(server, 2, ([a]) => [a])) },
  { id: 'A09', answer: async (server) => counted(server, await retried(server, 2, ([a, b]) => [a, b, happened(2)])) },
  { id: 'A10', answer: async (server) => counted(server, await retried(server, 3, ([a, b]) => [a, b, happened(3)])) },
  { id: 'A11', answer: async (server) => (await retried(server, 2, ([a, b]) => [b, a])).answer.text },
  {
    id: 'A16',
    answer: async (server) => {
      const stream = server.newStream();
      const event = happened();
      return `${(await server.appended(stream, [event, event], NO_STREAM)).text} count=${await server.count(stream)}`;
    },
  },
  {
    id: 'A17',
    answer: async (server) => {
      const stream = server.newStream();
      const event = happened();
      await server.append(stream, [event, event], NO_STREAM);
      return `${(await server.appended(stream, [event, event], NO_STREAM)).text} count=${await server.count(stream)}`;
    },
  },
  {
    id: 'A20',
    answer: async (server) => {
      const stream = server.newStream();
      const id = randomUUID();
      await server.append(stream, [happened(1, id)], NO_STREAM);
      const { text } = await server.appended(stream, [happened(2, id)], NO_STREAM);
      const data: unknown = (await server.read(stream))[0]?.event?.data;
      return `${text} stored n=${typeof data === 'object' && data !== null && 'n' in data ? String(data.n) : '?'}`;
    },
  },
];

const atOnce: Case[] = [
  {
    id: 'A21',
    answer: async (server) => {
      const { stream, events } = await server.filled(2);
      const all = await Promise.all(times(20, () => server.appended(stream, events.slice(1), 0n)));
      return `${distinct(all.map(({ text }) => text))} count=${await server.count(stream)}`;
    },
  },
  {
    id: 'A22',
    answer: async (server) => {
      const { stream } = await server.filled(1);
      const all = await Promise.all(times(20, () => server.appended(stream, [happened()], 0n)));
      const refused = all.filter(({ text }) => text === 'WrongExpectedVersion(actual=1)').length;
      return `${all.filter(({ result }) => result).length} ok, ${refused} actual=1, count=${await server.count(stream)}`;
    },
  },
  {
    id: 'A23',
    answer: async (server) => {
      const stream = server.newStream();
      const event = happened();
      const all = await Promise.all(times(20, () => server.appended(stream, [event], NO_STREAM)));
      return `${distinct(all.map(({ text }) => text))} count=${await server.count(stream)}`;
    },
  },
];

const sized = (bytes: number, type = 'T') => binaryEvent({ type, data: Buffer.alloc(bytes, 120) });
const largest = async (server: Driver, type: string): Promise<string> => {
  let [low, high] = [0, 3 << 20];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((await server.appended(server.newStream(), [sized(middle, type)], NO_STREAM)).result) low = middle;
    else high = middle - 1;
  }
  return String(low);
};
const appendedOf = async (server: Driver, ...events: ReturnType<typeof sized>[]) =>
  (await server.appended(server.newStream(), events, NO_STREAM)).text;

const sizes: Case[] = [
  { id: 'B01', answer: (server) => appendedOf(server, sized(3 << 20)) },
  { id: 'B02', answer: (server) => appendedOf(server, sized(20 << 20)) },
  { id: 'B03', answer: (server) => largest(server, 'T') },
  { id: 'B04', answer: (server) => largest(server, 'ElevenChars') },
  { id: 'B05', answer: (server) => appendedOf(server, ...times(10, () => sized(120_000))) },
  {
    id: 'B06',
    answer: async (server) => {
      const event = binaryEvent({ type: 'T', data: Buffer.alloc(1 << 20), metadata: Buffer.alloc(1_000) });
      return (await server.appended(server.newStream(), [event], NO_STREAM)).text;
    },
  },
  { id: 'B07', answer: (server) => appendedOf(server, ...times(1_000, () => sized(300))) },
];

const odd: Case[] = [
  {
    id: 'C05',
    answer: async (server) => (await server.appended(server.newStream(), [{ ...happened(), type: '' }], NO_STREAM)).text,
  },
  { id: 'C06', answer: async (server) => (await server.appended(server.newStream(), [happened(0, 'x1')], NO_STREAM)).text },
  {
    id: 'C07',
    answer: async (server) => {
      const texts: string[] = [];
      for (const sign of [' ', '/', '@', ':', '재고', '|', '+', '=', '~'])
        texts.push((await server.appended(`${server.newStream()}${sign}x`, [happened()], NO_STREAM)).text);
      return distinct(texts);
    },
  },
  {
    id: 'C08',
    answer: async (server) => (await server.appended(`${server.newStream()}-${'x'.repeat(1_000)}`, [happened()], NO_STREAM)).text,
  },
  {
    id: 'C09',
    answer: async (server) => (await server.appended(server.newStream(), [happened()], NO_STREAM, { credentials: wrongPassword })).text,
  },
];

export const appendCases: readonly Case[] = [...expectedRevisions, ...retries, ...atOnce, ...sizes, ...odd];
