/**
 * One request and its answer, over a connection of its own, by undici's parser.
 *
 * @module
 */
import { setMaxListeners } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { Client, type Dispatcher } from 'undici';
import {
  headerValue,
  headerValues,
  type HttpDoorOptions,
  type HttpFailure,
  type HttpHead,
  type HttpRequest,
  type HttpResponse,
} from '../http.ts';
import { decode } from './body.ts';
import { connect } from './connect.ts';
import { DoorError, failureOf, NOT_STARTED } from './failure.ts';
import { Progress } from './progress.ts';
import { proxyAuthorization } from './proxy.ts';

const DEFAULT_MAX_BODY = 65_536;
/** Larger than any proxy lets through, so that an oversize head is seen rather than refused. Bytes. */
const MAX_HEAD = 262_144;

/** Performs `request`. Never rejects; never leaves a socket or a timer behind. */
export async function exchange(
  request: HttpRequest,
  options: HttpDoorOptions,
): Promise<HttpResponse | HttpFailure> {
  let url: URL;
  try {
    url = new URL(request.url);
  } catch {
    return failureOf(new DoorError('other', 'ERR_INVALID_URL'), new Progress(new URL('http://invalid')));
  }
  const progress = new Progress(url, request.pin);
  const limit = new AbortController();
  const stop = () => limit.abort(request.signal.reason);
  const timer =
    request.timeoutMs === undefined
      ? undefined
      : setTimeout(() => limit.abort(new DOMException('', 'TimeoutError')), request.timeoutMs);
  // One deadline for many requests at once is the rule here, not a leak.
  setMaxListeners(0, request.signal);
  request.signal.addEventListener('abort', stop, { once: true });
  try {
    if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new DoorError('other', 'ERR_PROTOCOL');
    if (request.signal.aborted) return failureOf(new DoorError('aborted', NOT_STARTED), progress);
    return await Promise.race([
      perform(request, url, options, progress, limit.signal),
      rejection(limit.signal),
    ]);
  } catch (error) {
    return failureOf(
      limit.signal.aborted || request.signal.aborted ? abortError(limit, request) : error,
      progress,
    );
  } finally {
    clearTimeout(timer);
    request.signal.removeEventListener('abort', stop);
    progress.socket?.destroy();
    limit.abort();
  }
}

function abortError(limit: AbortController, request: HttpRequest): unknown {
  const reason: unknown = limit.signal.aborted ? limit.signal.reason : request.signal.reason;
  return (reason as { name?: unknown } | undefined)?.name === 'TimeoutError'
    ? reason
    : new DoorError('aborted', 'ABORTED');
}

function rejection(signal: AbortSignal): Promise<never> {
  const promise = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new DoorError('aborted', 'ABORTED')), { once: true });
  });
  // The race is over when the door closes it; nobody is left to hear.
  promise.catch(() => {});
  return promise;
}

async function perform(
  request: HttpRequest,
  url: URL,
  options: HttpDoorOptions,
  progress: Progress,
  signal: AbortSignal,
): Promise<HttpResponse> {
  const { socket, forwarder } = await connect(request, url, options, progress, signal);
  signal.throwIfAborted();
  const max = request.maxBody ?? DEFAULT_MAX_BODY;
  progress.phase = 'headers';
  const raw = await send(
    {
      origin: forwarder ? forwarder.origin : url.origin,
      path: forwarder ? `${url.origin}${url.pathname}${url.search}` : `${url.pathname}${url.search}`,
      method: request.method ?? 'GET',
      headers: headersFor(request, url, forwarder),
      body: request.body ?? null,
    },
    socket,
    max,
    progress,
    signal,
  );
  const head = progress.head ?? { status: 0, headers: [] };
  const { body, truncated } = await decode(
    raw.body,
    headerValues(head, 'content-encoding'),
    max,
    raw.truncated,
  );
  return {
    ok: true,
    ...head,
    body,
    truncated,
    timings: progress.timings(),
    sentAt: progress.sentAt,
    answeredAt: progress.answeredAt,
    remoteAddress: progress.remoteAddress,
    via: progress.via,
    tls: progress.tls,
  };
}

async function send(
  options: Dispatcher.DispatchOptions & { readonly origin: string },
  socket: Socket,
  max: number,
  progress: Progress,
  signal: AbortSignal,
): Promise<{ body: Buffer; truncated: boolean }> {
  let handed = false;
  const client = new Client(options.origin, {
    // The socket is open; should undici want another one, the first has died without an answer.
    connect: (_options, callback) => {
      const again = handed;
      handed = true;
      // Not at once: undici does not hear a callback that comes while it is still asking.
      queueMicrotask(() => {
        if (again || socket.destroyed) callback(new DoorError('closed', 'ECONNRESET'), null);
        else callback(null, socket);
      });
    },
    // Deadlines are the caller's: undici's own timers are coarse, and would hide which phase it was.
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: MAX_HEAD,
  });
  const chunks: Buffer[] = [];
  try {
    return await new Promise((resolve, reject) => {
      const whole = (truncated: boolean) =>
        resolve({ body: Buffer.concat(chunks).subarray(0, max), truncated });
      signal.addEventListener('abort', () => reject(new DoorError('aborted', 'ABORTED')), { once: true });
      // A socket that died between two phases tells nobody else; undici's own word comes first if it has one.
      socket.once('close', () => setImmediate(reject, new DoorError('closed', 'ECONNRESET')));
      let answered = () => {};
      client.dispatch(options, {
        onRequestStart() {
          progress.sentAt = Date.now();
          answered = progress.measure('firstByteMs');
        },
        onResponseStart(controller, status) {
          if (status < 200) return;
          answered();
          progress.answeredAt = Date.now();
          progress.head = { status, headers: pairs(controller.rawHeaders) };
          progress.phase = 'body';
        },
        onResponseData(_controller, chunk) {
          chunks.push(chunk);
          progress.bodyBytes += chunk.length;
          if (progress.bodyBytes <= max) return;
          whole(true);
          socket.destroy();
        },
        onResponseEnd: () => whole(false),
        onResponseError: (_controller, error) => reject(error),
      });
    });
  } finally {
    await client.destroy();
  }
}

function pairs(raw: unknown): HttpHead['headers'] {
  const flat = Array.isArray(raw) ? (raw as (Buffer | string)[]) : [];
  const text = (part: Buffer | string | undefined) =>
    typeof part === 'string' ? part : (part?.toString('latin1') ?? '');
  const headers: [string, string][] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) headers.push([text(flat[i]), text(flat[i + 1])]);
  return headers;
}

function headersFor(request: HttpRequest, url: URL, forwarder: URL | undefined): Record<string, string> {
  const given = Object.entries(request.headers ?? {});
  const isGiven = (name: string) => headerValue({ headers: given }, name) !== undefined;
  const own: Record<string, string> = {
    'user-agent': `sessdoctor/${version()}`,
    accept: '*/*',
    'accept-encoding': 'gzip, deflate, br',
  };
  if (url.username || url.password)
    own['authorization'] =
      `Basic ${Buffer.from(`${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`).toString('base64')}`;
  if (forwarder) {
    own['host'] = url.host;
    const credentials = proxyAuthorization(forwarder);
    if (credentials) own['proxy-authorization'] = credentials;
  }
  return {
    ...Object.fromEntries(Object.entries(own).filter(([name]) => !isGiven(name))),
    ...Object.fromEntries(given),
  };
}

let known: string | undefined;

function version(): string {
  known ??= (
    JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string }
  ).version;
  return known;
}
