import { createServer, type Socket } from 'node:net';
import { ServerCredentials, type Server } from '@grpc/grpc-js';

/** Takes connections for a gRPC server, and can reset them. */
export const listen = async (server: Server, { host, port }: { readonly host: string; readonly port: number }) => {
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const sockets = new Set<Socket>();
  const listener = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    injector.injectConnection(socket);
  });
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(port, host, resolve);
  });
  const address = listener.address();
  const cut = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    port: typeof address === 'object' && address ? address.port : port,
    cut,
    close: async () => {
      const closed = new Promise((resolve) => listener.close(resolve));
      cut();
      server.forceShutdown();
      injector.destroy();
      await closed;
    },
  };
};
