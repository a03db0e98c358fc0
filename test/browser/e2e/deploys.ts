import type { Server } from 'node:http';
import { createServer, request as forward } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import express, { type Express } from 'express';
import session, { MemoryStore, type SessionOptions } from 'express-session';
import { issue } from '../../support/certificates.ts';

/** How one version of the app sets its cookie. */
export interface Version {
  readonly name?: string;
  readonly cookie: NonNullable<Exclude<SessionOptions['cookie'], (...args: never[]) => unknown>>;
  /** Where its login and logout are. */
  readonly base?: string;
  /** Does it believe X-Forwarded-Proto? */
  readonly trustProxy?: boolean;
  /** Length of its session ids. */
  readonly idLength?: number;
  /** Its host's clock, ms behind. */
  readonly behindMs?: number;
  /** Does the proxy put its own, right Date over the app's? */
  readonly proxyDate?: boolean;
  /** More Set-Cookie lines with its login. */
  readonly alsoSet?: readonly string[];
}

/** What the app saw of one request. */
export interface Visit {
  readonly cookie: string;
  readonly user: string | null;
}

/** A site behind a TLS-terminating proxy, whose app can be replaced. */
export interface Site {
  readonly port: number;
  deploy(version: Version): void;
  close(): Promise<void>;
}

const SECRET = 'the same secret in both versions';

/** Both versions share store and secret, as two releases of one app do. */
export async function openSite(): Promise<Site> {
  const store = new MemoryStore();
  // Each version of the app listens to it.
  store.setMaxListeners(0);
  let app: Express = express();
  let version: Version = { cookie: {} };
  const origin = createServer((request, response) => void app(request, response));
  await listen(origin);
  const originPort = (origin.address() as AddressInfo).port;
  const { cert, key } = issue({ name: 'example.com', names: ['DNS:example.com', 'DNS:*.example.com'] });
  const proxy = createTlsServer({ cert, key }, (request, response) => {
    const headers = { ...request.headers, 'x-forwarded-proto': 'https' };
    const { method, url } = request;
    const passed = forward({ port: originPort, host: '127.0.0.1', method, path: url, headers }, (answer) => {
      const lines = answer.rawHeaders.slice();
      for (let at = 0; at < lines.length; at += 2) {
        const name = lines[at] ?? '';
        if (name.toLowerCase() === 'date' && version.proxyDate) continue;
        response.appendHeader(name, lines[at + 1] ?? '');
      }
      response.sendDate = version.proxyDate === true;
      response.writeHead(answer.statusCode ?? 502);
      answer.pipe(response);
    });
    passed.on('error', () => response.destroy());
    request.pipe(passed);
  });
  await listen(proxy);
  return {
    port: (proxy.address() as AddressInfo).port,
    deploy: (next) => {
      version = next;
      app = appOf(next, store);
    },
    close: async () => {
      await Promise.all([origin, proxy].map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}

function appOf(version: Version, store: MemoryStore): Express {
  const {
    name = 'sid',
    cookie,
    base = '',
    trustProxy = true,
    idLength = 32,
    behindMs = 0,
    alsoSet = [],
  } = version;
  const app = express();
  if (trustProxy) app.set('trust proxy', 1);
  app.disable('etag');
  app.use((_request, response, next) => {
    if (behindMs > 0) runBehind(response, behindMs);
    next();
  });
  let count = 0;
  app.use(
    session({
      name,
      secret: SECRET,
      store,
      resave: false,
      saveUninitialized: false,
      cookie,
      genid: () => `${String(count++)}${name}`.padEnd(idLength, `${Math.random()}`.slice(2)),
    }),
  );
  app.get(`${base}/login`, (request, response) => {
    const welcome = () => {
      for (const line of alsoSet) response.append('Set-Cookie', line);
      if (request.session) request.session.user = 'somebody';
      response.send('hello');
    };
    // A new id at login, against fixation, as every framework advises.
    if (request.session) request.session.regenerate(welcome);
    else welcome();
  });
  app.get(`${base}/logout`, (request, response) => {
    const { domain, path, secure, sameSite } = cookie;
    response.clearCookie(name, {
      path: path ?? '/',
      ...(domain && { domain }),
      ...(secure === true && { secure }),
      ...(sameSite && { sameSite }),
    });
    if (request.session) request.session.destroy(() => response.send('bye'));
    else response.send('bye');
  });
  app.get('/favicon.ico', (_request, response) => void response.status(204).end());
  app.use((request, response) => {
    const visit: Visit = { cookie: request.headers.cookie ?? '', user: request.session?.user ?? null };
    response.json(visit);
  });
  return app;
}

/** Writes Date and Expires as a host would whose clock is behind. */
function runBehind(response: express.Response, ms: number): void {
  const writeHead = response.writeHead.bind(response);
  const back = (text: string) => new Date(Date.parse(text) - ms).toUTCString();
  response.writeHead = ((...args: Parameters<typeof writeHead>) => {
    const lines = response.getHeader('set-cookie');
    const list = Array.isArray(lines) ? lines : lines === undefined ? [] : [String(lines)];
    if (list.length > 0)
      response.setHeader(
        'set-cookie',
        list.map((line) => line.replace(/(?<=Expires=)[^;]+/, back)),
      );
    response.setHeader('date', back(new Date().toUTCString()));
    return writeHead(...args);
  }) as typeof response.writeHead;
}

async function listen(server: Pick<Server, 'listen'>): Promise<void> {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
}
