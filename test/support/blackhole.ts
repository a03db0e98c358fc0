import { spawn } from 'node:child_process';
import { connect, type Socket } from 'node:net';

/** Backlog 1 of a listener that never accepts holds two connections; the rest are attempts that stay open. */
const FILL = 6;

/**
 * A loopback port whose SYN packets are dropped, as behind a silent firewall: the listener's process is
 * stopped and its queue is full.
 */
export async function blackhole(): Promise<{ readonly port: number; close(): void }> {
  const program =
    "require('net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, function () { console.log(this.address().port); });";
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'ignore'] });
  const port = await new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.stdout.once('data', (chunk: Buffer) => resolve(Number(chunk.toString())));
  });
  child.kill('SIGSTOP');
  const sockets: Socket[] = [];
  for (let i = 0; i < FILL; i++) {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    sockets.push(socket);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {
    port,
    close() {
      for (const socket of sockets) socket.destroy();
      child.kill('SIGKILL');
    },
  };
}
