import { createServer, type Socket } from 'node:net';

/** A loopback server that answers the first bytes of each connection with `first`, and then nothing more. */
export async function silentServer(
  first: string,
  onConnection: () => void,
): Promise<{ readonly port: number; close(): void }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    if (first !== '') socket.once('data', () => socket.write(first));
    onConnection();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
