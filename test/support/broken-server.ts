import { createServer, type Server, type Socket } from 'node:net';

export interface Broken {
  readonly port: number;
  readonly connections: () => number;
  close(): Promise<void>;
}

/** A TCP server on loopback that does exactly what `serve` does with each connection, and nothing else. */
export async function brokenServer(serve: (socket: Socket) => void): Promise<Broken> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server: Server = createServer((socket) => {
    connections++;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    serve(socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    connections: () => connections,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

/** Answers every request head with `text`, then ends the connection unless told to keep it. */
export function answering(text: string | Buffer, after: 'end' | 'keep' | 'reset' = 'end') {
  return (socket: Socket) => {
    let head = '';
    socket.on('data', (chunk) => {
      head += chunk.toString('latin1');
      if (!head.includes('\r\n\r\n')) return;
      head = '';
      socket.write(text, () => {
        if (after === 'end') socket.end();
        if (after === 'reset') socket.resetAndDestroy();
      });
    });
  };
}
