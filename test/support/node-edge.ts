import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { close, listen } from './session-app.ts';

/** What code at the edge does before (or instead of) asking the origin. */
export interface EdgeCode {
  /** Answers itself and returns true, or lets the request go on. */
  readonly answer?: (incoming: IncomingMessage, response: ServerResponse) => boolean;
  /** The Cookie header that goes to the origin. */
  readonly cookie?: (cookie: string) => string;
  /** The Set-Cookie lines that go to the browser. */
  readonly setCookie?: (lines: readonly string[]) => readonly string[];
  /** Paths that go on asking another URL. */
  readonly path?: (path: string) => string;
}

/** An edge worker: a small reverse proxy with code of its own in it. */
export async function startNodeEdge(origin: number, code: EdgeCode) {
  const server = createServer((incoming, response) => {
    if (code.answer?.(incoming, response)) return;
    const headers = { ...incoming.headers };
    if (headers.cookie !== undefined) headers.cookie = code.cookie?.(headers.cookie) ?? headers.cookie;
    if (headers.cookie === '') delete headers.cookie;
    const path = code.path?.(incoming.url ?? '/') ?? incoming.url ?? '/';
    const onward = request(
      { host: '127.0.0.1', port: origin, path, method: incoming.method, headers, agent: false },
      (answer) => {
        const kept = { ...answer.headers };
        const lines = kept['set-cookie'];
        if (lines) kept['set-cookie'] = [...(code.setCookie?.(lines) ?? lines)];
        response.writeHead(answer.statusCode ?? 502, kept);
        answer.pipe(response);
      },
    );
    onward.on('error', () => response.destroy());
    incoming.pipe(onward);
  });
  const port = await listen(server);
  return { port, url: `http://127.0.0.1:${port}`, stop: () => close(server) };
}
