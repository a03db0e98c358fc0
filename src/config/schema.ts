/**
 * The shape of sessdoctor.yaml: one section per probe, with the same words as the flags.
 * One layer (file, environment or flags) is checked at a time, so that every relative path and every
 * message knows where it came from. Loading zod takes tens of ms: import this module lazily.
 *
 * @module
 */
import { z } from 'zod';
import { emptyContext, readReference, type ReferenceContext, resolvePath } from './references.ts';
import { Address } from './secret.ts';
import { parseDuration, parseMoment } from './time.ts';
import { looksSecret, quoted } from './word.ts';

/** Where a layer's relative paths start and what its references may read. */
export type LayerContext = ReferenceContext;

/** A file, a URL or standard input that a probe will read. */
export type Source =
  | { readonly kind: 'file'; readonly path: string; readonly shown: string }
  | { readonly kind: 'url'; readonly address: Address; readonly shown: string }
  | { readonly kind: 'stdin'; readonly shown: string };

const NETWORK = ['http:', 'https:'];
const REDIS = ['redis:', 'rediss:', 'valkey:', 'valkeys:'];
const PROXY = ['http:', 'https:', 'socks5:', 'socks5h:'];
const DATABASE = ['postgres:', 'postgresql:', 'mysql:', 'mariadb:', 'sqlite:'];

/** The schema of one layer. Every key is optional; defaults come after the layers are merged. */
export function layerSchema(context: LayerContext) {
  const text = z.string().min(1, 'must not be empty');
  // `--cookie sid=3f…`, as curl has it, would put the session itself into the evidence file.
  const cookieName = text.regex(/^[^=;\s]*$/, 'takes a cookie’s name alone, without = and its value');
  const duration = z
    .string('a DURATION needs its unit: 500ms, 10s, 2m, 1h or 30d')
    .transform((value, check) => {
      const ms = parseDuration(value);
      if (ms !== undefined) return ms;
      check.addIssue(`${quoted(value)} is not a DURATION; write 500ms, 10s, 2m, 1h or 30d`);
      return z.NEVER;
    });
  const positive = duration.refine((ms) => ms > 0, 'must be longer than 0');
  const moment = text.transform((value, check) => {
    const parsed = parseMoment(value);
    if (parsed) return parsed;
    check.addIssue(`${quoted(value)} is not a TIME; write 2026-01-31T03:00:00Z, 03:00 or an age such as 45m`);
    return z.NEVER;
  });
  const address = (protocols: readonly string[]) =>
    text.transform((value, check) => {
      try {
        return readAddress(value, protocols, context);
      } catch (error) {
        check.addIssue(message(error));
        return z.NEVER;
      }
    });
  const source = text.transform((value, check): Source => {
    if (value === '-') return { kind: 'stdin', shown: 'stdin' };
    if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(value)) {
      const file = resolvePath(value, context.base);
      const wrong = context.unreadable(file);
      if (wrong === undefined) return { kind: 'file', path: file, shown: value };
      check.addIssue(
        looksSecret(value)
          ? 'that looks like a credential itself (not repeated here); put it into a file, or pipe it in and write - here'
          : `cannot read ${quoted(value)}: ${wrong}`,
      );
      return z.NEVER;
    }
    try {
      const found = readAddress(value, NETWORK, context);
      return { kind: 'url', address: found, shown: found.shown };
    } catch (error) {
      check.addIssue(message(error));
      return z.NEVER;
    }
  });
  const path = text.transform((value, check) => {
    const found = resolvePath(value, context.base);
    const wrong = context.unreadable(found);
    if (wrong === undefined) return found;
    check.addIssue(`cannot read ${quoted(value)}: ${wrong}`);
    return z.NEVER;
  });
  const reference = text.transform((value, check) => {
    try {
      return readReference(value, context);
    } catch (error) {
      check.addIssue(message(error));
      return z.NEVER;
    }
  });
  const references = z.record(text, reference);
  const list = <T extends z.ZodType>(item: T) =>
    z.union([z.array(item), item.transform((one) => [one] as z.output<T>[])]) as unknown as z.ZodType<
      z.output<T>[],
      z.input<T> | z.input<T>[]
    >;
  const server = text.transform((value, check) => {
    const match = /^(\[[0-9a-f:.]+\]|[^\s:/[\]]+|[0-9a-f:]+:[0-9a-f:]*)(?::(\d{1,5}))?$/i.exec(value);
    const port = Number(match?.[2] ?? 123);
    if (value === 'none') {
      check.addIssue('none turns the servers off and stands alone');
      return z.NEVER;
    }
    if (match?.[1] && port >= 1 && port <= 65_535) return { host: match[1].replace(/^\[|\]$/g, ''), port };
    check.addIssue(`${quoted(value)} is not HOST or HOST:PORT`);
    return z.NEVER;
  });
  const hostPort = text.transform((value, check) => {
    const match = /^(\[[0-9a-f:.]+\]|[^\s:/[\]]+):(\d{1,5})$/i.exec(value);
    const port = Number(match?.[2]);
    if (match?.[1] && port >= 1 && port <= 65_535) return { host: match[1].replace(/^\[|\]$/g, ''), port };
    check.addIssue(`${quoted(value)} is not HOST:PORT`);
    return z.NEVER;
  });

  return z
    .strictObject({
      incident: z
        .strictObject({
          since: moment.describe('When the logouts began: ISO 8601, 03:00 (today), or an age (45m)'),
          changes: z
            .array(z.strictObject({ at: moment, what: text, note: text.optional() }))
            .describe('Deploys, rotations, migrations, failovers near that time'),
          symptoms: z
            .strictObject({
              intended: z.enum(['yes', 'no']).describe('Did somebody revoke sessions on purpose?'),
              affected: z.enum(['everyone', 'some']),
              oldSessions: z
                .enum(['rejected', 'accepted', 'mixed', 'error'])
                .describe('What the app does with a session from before'),
              login: z.enum(['works', 'fails', 'private-window-only']),
              newLogin: z.enum(['sticks', 'dies']).describe('Is a new login alive after five minutes?'),
              onset: z.enum(['step', 'ramp', 'recurring', 'healed']),
            })
            .partial(),
        })
        .partial()
        .describe('What the operator knows'),
      clock: z
        .strictObject({
          servers: z
            .union([z.literal('none').transform(() => []), list(server)])
            .describe('Time servers, host or host:port; none turns them off'),
          leeway: duration.describe('Clock skew that the verifiers tolerate'),
          hosts: list(address(NETWORK)).describe('URLs of instances whose Date header is compared'),
        })
        .partial(),
      credentials: z
        .strictObject({
          samples: list(source).describe('Cookies or tokens from before, in any form people paste'),
          after: list(source).describe('The same, issued after the incident began'),
          salts: list(text).describe('Salts, purposes or discriminators that the app sets itself'),
          field: text.describe('Field of a JSON log line that holds the credential'),
          jwks: source.describe('JWKS, a file or URL'),
          secrets: references.describe('Current secrets by name'),
          previousSecrets: references.describe('Secrets used before, by name'),
          expect: z
            .strictObject({
              issuer: text,
              audience: list(text),
              algorithms: list(text),
              lifetime: positive,
            })
            .partial()
            .describe('What the verifiers are configured to accept'),
        })
        .partial(),
      cookies: z
        .strictObject({
          names: list(cookieName),
          before: list(source),
          after: list(source),
          urls: list(address(NETWORK)),
        })
        .partial(),
      edge: z
        .strictObject({ url: list(address(NETWORK)), origin: address(NETWORK), cookie: reference })
        .partial(),
      replay: z
        .strictObject({
          url: address(NETWORK),
          samples: list(source),
          times: z.int().min(1).max(100),
          instances: list(address(NETWORK)),
          instanceHeader: text,
          authenticated: z
            .strictObject({ status: list(z.int().min(100).max(599)), notLocation: text })
            .partial(),
        })
        .partial(),
      redis: z
        .strictObject({
          url: address(REDIS),
          keyPrefix: z.string(),
          ttl: positive.describe('How long a session lives in the store'),
          username: reference,
          password: reference,
          sentinels: list(hostPort),
          sentinelName: text,
          cluster: z.boolean(),
          appUser: text.describe('ACL user of the app, for what it may do'),
          tls: z
            .strictObject({
              ca: path,
              cert: path,
              key: path,
              servername: text,
              rejectUnauthorized: z.boolean(),
            })
            .partial(),
        })
        .partial(),
      database: z
        .strictObject({
          url: address(DATABASE),
          replicaUrl: address(DATABASE).describe('A replica that the app reads from, to compare with'),
          table: text.describe('Table that holds the sessions (or refresh tokens), with schema where needed'),
          idColumn: text.describe('Column by which the app looks a session up'),
          createdColumn: text,
          expiresColumn: text,
          revokedColumn: text.describe('When a row was revoked'),
          reasonColumn: text.describe('Why a row was revoked'),
          parentColumn: text.describe('The token that a token succeeded, for rotation'),
          appUser: text.describe("The app's own role: may it still read and write the table?"),
          lifetime: positive.describe('How long a session should live'),
          migrations: path,
        })
        .partial(),
      provider: z
        .strictObject({
          issuer: address(NETWORK),
          clientId: text,
          clientSecret: reference,
          emptyPost: z
            .boolean()
            .describe('Ask the token and introspection endpoints too, by an empty POST without a credential'),
          jwksUri: address(NETWORK),
          caFile: path,
          origin: address(NETWORK).describe(
            'The provider behind its edge: its key set is compared with the public one',
          ),
          via: address(PROXY).describe('A proxy on another machine, as a second vantage'),
          before: source.describe('An earlier copy of the key set: a JWKS, or an evidence file'),
          saml: list(source).describe('SAML metadata, files or URLs'),
          verifierToken: reference.describe(
            'The token with which the verifier itself asks the provider; only its dates are read',
          ),
        })
        .partial(),
      limits: z.strictObject({ timeout: positive, deadline: positive }).partial(),
    })
    .partial();
}

/** One checked layer. */
export type Layer = z.output<ReturnType<typeof layerSchema>>;

/** The JSON Schema of the config file, draft 2020-12, for editors. */
export function configJsonSchema(): object {
  const schema = layerSchema(emptyContext);
  return { title: 'sessdoctor.yaml', ...z.toJSONSchema(schema, { io: 'input' }) };
}

function readAddress(value: string, protocols: readonly string[], context: LayerContext): Address {
  const filled = value.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_, name: string) => {
    const found = context.env[name];
    if (found === undefined) throw new Error(`\${${name}} is not set in the environment`);
    context.learn(found);
    return encodeURIComponent(found);
  });
  const example = `${protocols.includes('https:') ? 'https:' : protocols[0]}//${withoutScheme(value)}`;
  let parsed: URL;
  try {
    parsed = new URL(filled);
  } catch {
    throw new Error(`not a URL; write ${example}`);
  }
  if (!protocols.includes(parsed.protocol))
    throw new Error(
      filled.includes('//')
        ? `${parsed.protocol}// does not fit here; use ${protocols.map((p) => `${p}//`).join(', ')}`
        : `a URL begins with its scheme; write ${example}`,
    );
  if (parsed.protocol === 'sqlite:' && parsed.pathname.replace(/^\/+$/, '') === '')
    throw new Error('the URL names no file; write sqlite:app.db or sqlite:///var/lib/app.db');
  if (parsed.protocol !== 'sqlite:' && parsed.hostname === '') throw new Error('the URL names no host');
  if (REDIS.includes(parsed.protocol)) {
    // What stands there instead of a number may be a password in the wrong place: it is not repeated.
    const db = parsed.pathname.replace(/^\/|\/$/g, '') || (parsed.searchParams.get('db') ?? '');
    if (!/^\d{0,5}$/.test(db))
      throw new Error(`the database in a Redis URL is a number; write ${parsed.protocol}//HOST:6379/0`);
  }
  for (const part of [parsed.password, ...parsed.searchParams.values()])
    if (part) {
      context.learn(part);
      context.learn(decodeSafely(part));
    }
  if (parsed.protocol === 'sqlite:' && !parsed.pathname.startsWith('/'))
    return new Address(`sqlite://${resolvePath(parsed.pathname, context.base)}`);
  return new Address(filled);
}

/** A bare host, with port or path, as it can stand behind a scheme; `host…` for what may hold a secret. */
function withoutScheme(value: string): string {
  return /^[a-z0-9.-]+\.[a-z]{2,24}(?::\d{1,5})?$|^localhost(?::\d{1,5})?$|^\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?$/i.test(
    value,
  ) && !looksSecret(value)
    ? value
    : 'host…';
}

function decodeSafely(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
