import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import express, { type Express } from 'express';
import session, { MemoryStore, Store, type SessionData, type SessionOptions } from 'express-session';

declare module 'express-session' {
  interface SessionData {
    user: string;
    seen: number;
  }
}

/** express-session writes into its store object, so instances that share records need objects of their own. */
class Shared extends Store {
  readonly #records: MemoryStore;
  constructor(records: MemoryStore) {
    super();
    this.#records = records;
  }
  get(sid: string, done: (error: unknown, session?: SessionData | null) => void): void {
    this.#records.get(sid, done);
  }
  set(sid: string, data: SessionData, done?: (error?: unknown) => void): void {
    this.#records.set(sid, data, done);
  }
  destroy(sid: string, done?: (error?: unknown) => void): void {
    this.#records.destroy(sid, done);
  }
}

export interface SessionAppOptions {
  readonly secret?: string | string[];
  readonly name?: string;
  readonly store?: MemoryStore;
  readonly cookie?: SessionOptions['cookie'];
  /** Sent as X-Instance and X-Build. */
  readonly instance?: string;
  readonly build?: string;
  /** A header that only this app sends, so that its answers can be told from a proxy's. */
  readonly mark?: string;
  /** Cache-Control of /page and of what is not found. */
  readonly cacheControl?: string;
  readonly saveUninitialized?: boolean;
  /** More routes, after the session middleware. */
  readonly routes?: (app: Express) => void;
}

export interface SessionApp {
  readonly port: number;
  readonly url: string;
  readonly store: MemoryStore;
  stop(): Promise<void>;
}

/**
 * A real express-session app: `/` and `/page` for everybody, `/login` signs in (GET, for tests),
 * `/me` is 200 or 401, `/protected` is 200 or a redirect to `/login`; a 404 also touches the session.
 */
export async function startSessionApp(options: SessionAppOptions = {}): Promise<SessionApp> {
  const store = options.store ?? new MemoryStore();
  const app = express();
  app.disable('x-powered-by');
  app.use((_request, response, next) => {
    if (options.instance !== undefined) response.set('X-Instance', options.instance);
    if (options.build !== undefined) response.set('X-Build', options.build);
    if (options.mark !== undefined) response.set(options.mark, '1');
    next();
  });
  app.use(
    session({
      secret: options.secret ?? 'a secret that all instances share',
      name: options.name ?? 'sid',
      store: new Shared(store),
      resave: false,
      saveUninitialized: options.saveUninitialized ?? true,
      cookie: options.cookie ?? {},
    }),
  );
  options.routes?.(app);
  app.get('/login', (request, response) => {
    request.session.regenerate(() => {
      request.session.user = 'alice';
      response.send('welcome');
    });
  });
  app.get('/me', (request, response) => {
    const { user } = request.session;
    if (user === undefined) response.status(401).send('no');
    else response.send(user);
  });
  app.get('/protected', (request, response) => {
    const { user } = request.session;
    if (user === undefined) response.redirect('/login-form');
    else response.send(user);
  });
  app.use((request, response) => {
    if (options.cacheControl !== undefined) response.set('Cache-Control', options.cacheControl);
    const found = ['/', '/page', '/login-form'].includes(request.path);
    response.status(found ? 200 : 404).send(request.session?.user ?? 'anonymous');
  });
  const server = createServer(app);
  const port = await listen(server);
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    store,
    stop: () => close(server),
  };
}

/** Signs in at an app (or through whatever is in front of it) and gives the Cookie header to send. */
export async function signIn(url: string): Promise<string> {
  const answer = await fetch(`${url}/login`);
  await answer.text();
  const cookies = answer.headers.getSetCookie().map((line) => line.split(';')[0] ?? '');
  if (cookies.length === 0) throw new Error(`no cookie from ${url}/login: HTTP ${answer.status}`);
  return cookies.join('; ');
}

export async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

export async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
}
