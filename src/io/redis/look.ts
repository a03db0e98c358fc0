/**
 * A look at a port below the Redis protocol, taken only after a connection failed without saying why:
 * a Redis in protected mode or out of client slots says so in one line and hangs up before any command,
 * and a TLS port drops a plain client without a word. RESP clients lose those lines.
 *
 * @module
 */
import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { serverError } from './errors.ts';

/** How long an unsolicited line may take, ms. It is sent on accept. */
const LINE_MS = 300;
const HANDSHAKE_MS = 1500;
const MAX_LINE = 1024;

export type Look =
  | { readonly kind: 'said'; readonly code: string; readonly message: string }
  /** The port speaks TLS although a plain connection was asked for, or the other way round. */
  | { readonly kind: 'tls' | 'plain' | 'silent' };

/** Asks a plain port whether it speaks unasked; if not, whether it speaks TLS. Sends no Redis command. */
export async function lookAtPlainPort(host: string, port: number, signal: AbortSignal): Promise<Look> {
  const line = await hear(connectPlain({ host, port }), undefined, LINE_MS, signal);
  if (line?.startsWith('-')) return { kind: 'said', ...serverError(line.slice(1)) };
  const secured = await new Promise<boolean>((resolve) => {
    // The certificate is of no interest here, only whether a handshake comes about; nothing is sent over it.
    const socket = connectTls({ host, port, rejectUnauthorized: false });
    settle(socket, HANDSHAKE_MS, signal, () => resolve(false));
    socket.on('secureConnect', () => {
      resolve(true);
      socket.destroy();
    });
  });
  return { kind: secured ? 'tls' : 'silent' };
}

/** Asks a port on which TLS failed whether it answers a plain PING. */
export async function lookAtTlsPort(host: string, port: number, signal: AbortSignal): Promise<Look> {
  const line = await hear(connectPlain({ host, port }), 'PING\r\n', LINE_MS, signal);
  return { kind: line && /^(?:\+PONG|-[A-Z])/.test(line) ? 'plain' : 'silent' };
}

function hear(
  socket: Socket,
  say: string | undefined,
  ms: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    let heard = '';
    const finish = () => {
      resolve(heard === '' ? undefined : heard);
      socket.destroy();
    };
    settle(socket, ms, signal, finish);
    if (say) socket.on('connect', () => socket.write(say));
    socket.on('data', (chunk: Buffer) => {
      heard = (heard + chunk.toString('latin1')).slice(0, MAX_LINE);
      if (heard.includes('\n') || heard.length === MAX_LINE) finish();
    });
  });
}

/** Calls `finish` at the latest after `ms`, on any end of the socket, or when the run is over. */
function settle(socket: Socket, ms: number, signal: AbortSignal, finish: () => void): void {
  const timer = setTimeout(() => socket.destroy(), ms);
  const stop = () => socket.destroy();
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  socket.on('error', () => {});
  socket.on('close', () => {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
    finish();
  });
}
