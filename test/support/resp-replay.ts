import { createServer, type Socket } from 'node:net';
import type { Redis } from 'ioredis';

/** A recorded reply, as the recordings have them: an error is an object with its text. */
export type Recorded = string | number | null | { readonly error: string } | readonly Recorded[];

/** A server that answers every command with what `answer` says, over RESP2. */
export interface RespServer {
  readonly port: number;
  /** Everything it was asked, in order. */
  readonly asked: readonly string[];
  stop(): Promise<void>;
}

/** What may be answered: a reply, raw bytes, or either of them later. */
export type Answer = Recorded | Buffer | Promise<Recorded | Buffer>;

export async function startResp(answer: (words: readonly string[]) => Answer): Promise<RespServer> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    let buffer = '';
    let turn = Promise.resolve();
    const send = async (before: Promise<void>, reply: Answer): Promise<void> => {
      await before;
      const made = await reply;
      socket.write(Buffer.isBuffer(made) ? made : encode(made));
    };
    socket.on('data', (chunk) => {
      buffer += chunk.toString('latin1');
      for (;;) {
        const command = takeCommand(buffer);
        if (!command) break;
        buffer = command.rest;
        asked.push(command.words.join(' '));
        turn = send(turn, answer(command.words));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    asked,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function takeCommand(buffer: string): { words: string[]; rest: string } | undefined {
  const head = /^\*(\d+)\r\n/.exec(buffer);
  if (!head) return undefined;
  let at = head[0].length;
  const words: string[] = [];
  for (let left = Number(head[1]); left > 0; left--) {
    const size = /^\$(\d+)\r\n/.exec(buffer.slice(at));
    if (!size) return undefined;
    const from = at + size[0].length;
    at = from + Number(size[1]) + 2;
    if (buffer.length < at) return undefined;
    words.push(buffer.slice(from, at - 2));
  }
  return { words, rest: buffer.slice(at) };
}

export function encode(reply: Recorded): Buffer {
  if (reply === null) return Buffer.from('$-1\r\n');
  if (typeof reply === 'number') return Buffer.from(`:${reply}\r\n`);
  if (typeof reply === 'string') {
    const bytes = Buffer.from(reply);
    return Buffer.concat([Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n')]);
  }
  if ('error' in reply) return Buffer.from(`-${reply.error}\r\n`);
  return Buffer.concat([Buffer.from(`*${reply.length}\r\n`), ...reply.map(encode)]);
}

/** A real server behind a pane: `retell` may change the text of its INFO, the rest passes as it is. */
export async function startPane(client: Redis, retell: (info: string) => string): Promise<RespServer> {
  return startResp(async ([name = '', ...words]) => {
    try {
      const reply = (await client.call(name, ...words)) as Recorded;
      return name.toUpperCase() === 'INFO' && typeof reply === 'string' ? retell(reply) : asRecorded(reply);
    } catch (error) {
      return { error: error instanceof Error ? error.message : 'ERR' };
    }
  });
}

/** Errors within a reply as the recordings have them. */
function asRecorded(reply: Recorded | Error): Recorded {
  if (reply instanceof Error) return { error: reply.message };
  return Array.isArray(reply) ? (reply as readonly Recorded[]).map(asRecorded) : reply;
}

/** INFO of a server that has been up for `seconds`. */
export function upFor(seconds: number): (info: string) => string {
  return (info) => info.replace(/^uptime_in_seconds:\d+/m, `uptime_in_seconds:${seconds}`);
}
