import { connect, type Socket } from 'node:net';

/** A connection without an HTTP client: bytes out, bytes in. */
export type RawSocket = {
  readonly socket: Socket;
  readonly write: (bytes: string | Buffer) => void;
  /** What has come so far. */
  readonly received: () => string;
  /** Everything that came, once the other side has closed. */
  readonly closed: Promise<string>;
  /** Resolves when what came fits. */
  readonly until: (pattern: RegExp) => Promise<string>;
};

export const openSocket = (url: string): Promise<RawSocket> => {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    let text = '';
    socket.setEncoding('latin1').on('data', (part: string) => (text += part));
    const closed = new Promise<string>((done) => socket.once('close', () => done(text)));
    socket.once('error', reject).once('connect', () => {
      socket.off('error', reject).on('error', () => undefined); // cut off: `closed` says so
      resolve({
        socket,
        write: (bytes) => void socket.write(bytes),
        received: () => text,
        closed,
        until: (pattern) =>
          new Promise((done) => {
            const look = () => {
              if (pattern.test(text)) done(text);
            };
            socket.on('data', look);
            look();
          }),
      });
    });
  });
};

/** Writes the same bytes again and again, as fast as they are taken, until the other side closes or `most` bytes are sent. Answers how many. */
export const pour = ({ socket }: RawSocket, bytes: Buffer, most: number): Promise<number> =>
  new Promise((resolve) => {
    let sent = 0;
    const stop = () => resolve(sent);
    const more = () => {
      while (!socket.destroyed && socket.writable && sent < most) {
        sent += bytes.length;
        if (!socket.write(bytes)) {
          socket.once('drain', more);
          return;
        }
      }
      stop();
    };
    socket.once('close', stop);
    more();
  });
