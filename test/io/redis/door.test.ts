import { createServer, type Socket } from 'node:net';
import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { isAllowed } from '../../../src/io/redis/allowlist.ts';
import { redisDoor, type RedisConnect } from '../../../src/io/redis.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A server that does to every connection what `behave` says. */
async function hostile(behave: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    behave(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

async function connect(port: number, ms = 8000): Promise<RedisConnect> {
  return redisDoor().connect({ host: '127.0.0.1', port, db: 0 }, AbortSignal.timeout(ms));
}

/** Answers the first command well and every later one with `bytes`. */
function after(bytes: Buffer | ((socket: Socket) => void)): (socket: Socket) => void {
  return (socket) => {
    let first = true;
    socket.on('data', () => {
      if (first) socket.write('+PONG\r\n');
      else if (Buffer.isBuffer(bytes)) socket.write(bytes);
      else bytes(socket);
      first = false;
    });
  };
}

async function ask(bytes: Buffer | ((socket: Socket) => void), ms?: number): Promise<string> {
  const opened = await connect(await hostile(after(bytes)), ms);
  if (!opened.ok) throw new Error(opened.code);
  const answer = await opened.connection.call('INFO', 'all');
  opened.connection.close();
  return answer.ok ? 'ok' : answer.code;
}

describe('hostile servers', () => {
  it('nest arrays a hundred thousand deep', async () => {
    expect(await ask(Buffer.from('*1\r\n'.repeat(100_000)))).not.toBe('ok');
  });

  it('promise half a gigabyte, and never send it', async () => {
    const before = process.memoryUsage().rss;
    expect(await ask(Buffer.from('$536870912\r\nabc'), 1500)).toBe('ETIMEDOUT');
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
  });

  it('promise half a gigabyte, and send it', async () => {
    const chunk = Buffer.alloc(1_048_576, 'x');
    let sent = 0;
    const flood = (socket: Socket): void => {
      socket.write('$536870912\r\n');
      const more = (): void => {
        while (sent < 512 && !socket.destroyed) {
          sent++;
          if (!socket.write(chunk)) {
            socket.once('drain', more);
            return;
          }
        }
      };
      more();
    };
    expect(await ask(flood)).toBe('TOOLARGE');
    expect(sent).toBeLessThan(200);
  });

  it('promise four thousand million elements', async () => {
    expect(await ask(Buffer.from('*4294967295\r\n:1\r\n'), 1500)).not.toBe('ok');
  });

  it('send binary garbage', async () => {
    for (const first of ['\u0000', '?', 'HTTP/1.1 400 Bad Request\r\n\r\n', '\u0016\u0003\u0001', '!9\r\n']) {
      const code = await ask(Buffer.from(first.repeat(50)), 1500);
      expect(code).not.toBe('ok');
    }
  });

  it('drip one byte at a time until the deadline', async () => {
    const drip = (socket: Socket): void => {
      socket.write('$100000\r\n');
      const timer = setInterval(() => socket.write('x'), 20);
      socket.on('close', () => clearInterval(timer));
    };
    expect(await ask(drip, 800)).toBe('ETIMEDOUT');
  });

  it('accept and say nothing', async () => {
    const opened = await connect(await hostile(() => {}), 700);
    expect(opened).toMatchObject({ ok: false, code: 'ETIMEDOUT' });
  });

  it('are not blamed for a wait that Ctrl-C ended', async () => {
    const port = await hostile(() => {});
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 100);
    const opened = await redisDoor().connect({ host: '127.0.0.1', port, db: 0 }, stop.signal);
    expect(opened).toMatchObject({ ok: false, code: 'STOPPED' });
    expect(opened.ok ? '' : opened.message).toMatch(/ when this run was stopped$/);
    const never = await redisDoor().connect({ host: '127.0.0.1', port, db: 0 }, AbortSignal.abort());
    expect(never).toMatchObject({ ok: false, code: 'STOPPED' });
    const late = new AbortController();
    const silent = await hostile(after(() => setTimeout(() => late.abort(), 100)));
    const open = await redisDoor().connect({ host: '127.0.0.1', port: silent, db: 0 }, late.signal);
    if (!open.ok) throw new Error(open.message);
    expect(await open.connection.call('INFO', 'all')).toMatchObject({ ok: false, code: 'STOPPED' });
  });

  it('hang up at once, or in the middle of a reply', async () => {
    const gone = await connect(await hostile((socket) => socket.destroy()));
    expect(gone.ok).toBe(false);
    expect(await ask((socket) => socket.end('$10\r\nabc'))).not.toBe('ok');
  });

  it('send replies nobody asked for', async () => {
    expect(await ask(Buffer.from('+OK\r\n+OK\r\n:1\r\n*1\r\n$1\r\na\r\n'))).toBe('ok');
  });

  it('answer with any bytes at all', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 60 }), async (bytes) => {
        const code = await ask((socket) => socket.end(Buffer.from(bytes)), 2000);
        expect(code).toMatch(/^[A-Za-z0-9_]+$/);
      }),
      { numRuns: 40 },
    );
  });
});

describe('the allow-list', () => {
  it.each([
    ['FLUSHALL'],
    ['flushdb', 'ASYNC'],
    ['SET', 'a', 'b'],
    ['GET', 'a'],
    ['KEYS', '*'],
    ['EVAL', 'return 1', 0],
    ['MONITOR'],
    ['DEBUG', 'SLEEP', 0],
    ['SHUTDOWN'],
    ['CONFIG', 'SET', 'save', ''],
    ['CONFIG', 'GET', '*'],
    ['CONFIG', 'GET', 'requirepass'],
    ['CONFIG', 'GET', 'save', 'requirepass'],
    ['CONFIG', 'RESETSTAT'],
    ['SLOWLOG', 'RESET'],
    ['ACL', 'LOG', 'RESET'],
    ['ACL', 'SETUSER', 'x'],
    ['ACL', 'GETUSER', 'default'],
    ['LATENCY', 'RESET'],
    ['MEMORY', 'PURGE'],
    ['CLUSTER', 'RESET'],
    ['CLUSTER', 'FAILOVER'],
    ['SENTINEL', 'FAILOVER', 'x'],
    ['SENTINEL', 'SET', 'x'],
    ['SCAN', 0],
    ['SCAN', 0, 'COUNT', 1_000_000],
    ['OBJECT', 'HELP'],
    ['RANDOMKEY', 'x'],
    ['AUTH', 'x'],
    ['__proto__'],
    ['constructor'],
  ])('keeps %s %s %s in', (command: string, ...args: readonly (string | number)[]) => {
    expect(isAllowed(command, args)).toBe(false);
    expect(isAllowed(command.toLowerCase(), args)).toBe(false);
  });

  it('throws before anything is sent', async () => {
    const heard: string[] = [];
    const port = await hostile((socket) => {
      socket.on('data', (chunk: Buffer) => {
        heard.push(chunk.toString());
        socket.write('+PONG\r\n');
      });
    });
    const opened = await connect(port);
    if (!opened.ok) throw new Error(opened.code);
    expect(() => opened.connection.pipeline([['PING'], ['FLUSHALL']])).toThrow('FLUSHALL is not on the list');
    await expect(opened.connection.call('set', 'a', 'b')).rejects.toThrow('set is not on the list');
    opened.connection.close();
    expect(heard.join('')).not.toMatch(/flushall|set/i);
  });
});
