import { createServer, connect, type AddressInfo, type Socket } from 'node:net';

/**
 * What becomes of produce requests:
 * `swallow` they reach the broker, their answers never come back · `cut-after` the connection breaks instead of the answer ·
 * `cut-before` it breaks and the broker gets nothing · `hold` they reach the broker only when released, however long after ·
 * `silent` the broker gets nothing of any kind and nothing breaks · `torn-metadata` the answer about brokers and topics ends in its middle.
 */
export type KafkaFault = 'none' | 'swallow' | 'cut-after' | 'cut-before' | 'hold' | 'silent' | 'torn-metadata';

export type KafkaFaultProxy = {
  /** `host:port` for clients. */
  readonly address: string;
  /** Does this to the next `times` requests that it concerns (default: all), then nothing. */
  readonly inject: (fault: KafkaFault, times?: number) => void;
  /** Sends what was held on to the broker, though whoever sent it may be gone. */
  readonly release: () => void;
  /** Breaks every connection. */
  readonly cut: () => void;
  /** Refuses connections, and breaks those there are. */
  readonly down: () => Promise<void>;
  readonly up: () => Promise<void>;
  /** Produce requests that came in so far. */
  readonly produced: () => number;
  readonly close: () => Promise<void>;
};

const produce = 0;
const metadata = 3;

/** Calls with every whole frame of Kafka's protocol: four bytes of length, then as many. */
const onFrame = (socket: Socket, handle: (frame: Buffer) => void): void => {
  let rest = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      const length = rest.length < 4 ? Infinity : rest.readInt32BE(0) + 4;
      if (rest.length < length) return;
      const frame = rest.subarray(0, length);
      rest = rest.subarray(length);
      handle(frame);
    }
  });
};

/**
 * Clients go back to the address that the broker names in its metadata, past a proxy: every broker's is replaced by the proxy's own.
 * Versions 3 to 8 of the answer begin: correlation id, throttle time, number of brokers; each broker: node id, host, port, rack.
 */
const readdressed = (frame: Buffer, version: number, host: string, port: number): Buffer => {
  if (version < 3 || version > 8) throw new Error(`the proxy does not know version ${version} of the metadata`);
  let at = 16;
  const parts: Buffer[] = [];
  for (let brokers = frame.readInt32BE(12); brokers > 0; brokers -= 1) {
    const nodeId = frame.subarray(at, at + 4);
    const afterHost = at + 6 + frame.readInt16BE(at + 4);
    const rackLength = Math.max(0, frame.readInt16BE(afterHost + 4));
    const rack = frame.subarray(afterHost + 4, afterHost + 6 + rackLength);
    const address = Buffer.alloc(2 + host.length + 4);
    address.writeInt16BE(host.length, 0);
    address.write(host, 2, 'latin1');
    address.writeInt32BE(port, 2 + host.length);
    parts.push(nodeId, address, rack);
    at = afterHost + 6 + rackLength;
  }
  const changed = Buffer.concat([frame.subarray(0, 16), ...parts, frame.subarray(at)]);
  changed.writeInt32BE(changed.length - 4, 0);
  return changed;
};

const concerns = (fault: KafkaFault, apiKey: number): boolean => {
  if (fault === 'none') return false;
  if (fault === 'silent') return true;
  return apiKey === (fault === 'torn-metadata' ? metadata : produce);
};

/** Stands between clients and one broker, for tests of what clients do when the network or the broker fails. */
export const kafkaFaultProxy = async (broker: string): Promise<KafkaFaultProxy> => {
  const [brokerHost = '', brokerPort] = broker.split(':');
  const host = '127.0.0.1';
  let fault: KafkaFault = 'none';
  let left = 0;
  let produced = 0;
  const clients = new Set<Socket>();
  let held: (() => void)[] = [];

  const faultOf = (apiKey: number): KafkaFault => {
    if (left <= 0 || !concerns(fault, apiKey)) return 'none';
    left -= 1;
    return fault;
  };

  const serve = (client: Socket): void => {
    const upstream = connect(Number(brokerPort), brokerHost);
    const asked = new Map<number, { readonly apiKey: number; readonly version: number; readonly fault: KafkaFault }>();
    let outlivesClient = false;
    for (const socket of [client, upstream]) socket.setNoDelay(true).on('error', () => undefined);
    clients.add(client);
    client.on('close', () => {
      clients.delete(client);
      if (!outlivesClient) upstream.destroy();
    });
    upstream.on('close', () => client.destroy());

    onFrame(client, (frame) => {
      const apiKey = frame.readInt16BE(4);
      const one = { apiKey, version: frame.readInt16BE(6), fault: faultOf(apiKey) };
      if (apiKey === produce) produced += 1;
      if (one.fault === 'silent') return;
      if (one.fault === 'cut-before') return void client.destroy();
      asked.set(frame.readInt32BE(8), one);
      if (one.fault !== 'hold') return void upstream.write(frame);
      outlivesClient = true;
      held.push(() => upstream.end(frame));
    });
    onFrame(upstream, (frame) => {
      const one = asked.get(frame.readInt32BE(4));
      asked.delete(frame.readInt32BE(4));
      if (client.destroyed || !one || one.fault === 'swallow' || one.fault === 'hold') return;
      if (one.fault === 'cut-after') return void client.destroy();
      const answer = one.apiKey === metadata ? readdressed(frame, one.version, host, port) : frame;
      if (one.fault === 'torn-metadata') return void client.end(answer.subarray(0, Math.ceil(answer.length / 2)));
      client.write(answer);
    });
  };

  const server = createServer(serve);
  const listen = (at: number) => new Promise<void>((resolve) => server.listen(at, host, resolve));
  const cut = () => clients.forEach((client) => client.destroy());
  const down = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      cut();
    });
  const release = () => {
    for (const send of held) send();
    held = [];
  };
  await listen(0);
  const address = server.address();
  const port = isPort(address) ? address.port : 0;
  return {
    address: `${host}:${port}`,
    inject: (next, times = Infinity) => {
      fault = next;
      left = times;
    },
    release,
    cut,
    down,
    up: () => listen(port),
    produced: () => produced,
    close: async () => {
      release();
      if (server.listening) await down();
    },
  };
};

const isPort = (address: string | AddressInfo | null): address is AddressInfo => typeof address === 'object' && address !== null;
