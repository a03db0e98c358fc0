/**
 * The merged configuration of a run, as types.
 *
 * @module
 */
import type { Symptoms } from '../model.ts';
import type { Layer } from './schema.ts';
import type { Moment } from './time.ts';

type Section<K extends keyof Layer> = NonNullable<Layer[K]>;

/** Everything a run was told: flags over environment over file over defaults. */
export interface Config {
  readonly incident: {
    readonly since?: Moment | undefined;
    readonly changes: NonNullable<Section<'incident'>['changes']>;
    readonly symptoms: Symptoms;
  };
  readonly clock: {
    readonly servers: readonly { readonly host: string; readonly port: number }[];
    /** ms */
    readonly leeway: number;
    readonly hosts: NonNullable<Section<'clock'>['hosts']>;
  };
  readonly credentials: Section<'credentials'>;
  readonly cookies: Section<'cookies'>;
  readonly edge: Section<'edge'>;
  readonly replay: Section<'replay'>;
  readonly redis: Section<'redis'>;
  readonly database: Section<'database'>;
  readonly provider: Section<'provider'>;
  /** ms */
  readonly limits: { readonly timeout: number; readonly deadline: number };
}

/**
 * The part of the config that examining depends on: thresholds and expectations, plain JSON, no secret.
 * It is saved in an evidence file and may be given anew with `--from`.
 */
export type Settings = {
  /** Clock skew that verifiers tolerate, ms. */
  readonly leewayMs: number;
  readonly expect: {
    readonly issuer?: string | undefined;
    readonly audience?: readonly string[] | undefined;
    readonly algorithms?: readonly string[] | undefined;
    readonly lifetimeMs?: number | undefined;
  };
  readonly cookieNames?: readonly string[] | undefined;
  readonly keyPrefix?: string | undefined;
  /** How long a session lives in the store, ms. */
  readonly sessionTtlMs?: number | undefined;
};

/** Four public servers of four operators, so that no single one can mislead. */
const PUBLIC_SERVERS = ['time.cloudflare.com', 'time.google.com', 'time.apple.com', 'pool.ntp.org'];

/** Layers, strongest first, as one config. Lists replace each other; maps of secrets are merged by name. */
export function mergeLayers(layers: readonly Layer[]): Config {
  const section = <K extends keyof Layer>(name: K): Section<K> =>
    Object.assign({}, ...layers.toReversed().map((layer) => layer[name] ?? {})) as Section<K>;
  const map = <T>(pick: (layer: Layer) => Record<string, T> | undefined): Record<string, T> =>
    Object.assign({}, ...layers.toReversed().map((layer) => pick(layer) ?? {})) as Record<string, T>;
  const incident = section('incident');
  const clock = section('clock');
  const limits = section('limits');
  return {
    incident: {
      since: incident.since,
      changes: incident.changes ?? [],
      symptoms: map((layer) => layer.incident?.symptoms as Record<string, unknown> | undefined),
    },
    clock: {
      servers: clock.servers ?? PUBLIC_SERVERS.map((host) => ({ host, port: 123 })),
      leeway: clock.leeway ?? 60_000,
      hosts: clock.hosts ?? [],
    },
    credentials: {
      ...section('credentials'),
      secrets: map((layer) => layer.credentials?.secrets),
      previousSecrets: map((layer) => layer.credentials?.previousSecrets),
    },
    cookies: section('cookies'),
    edge: section('edge'),
    replay: section('replay'),
    redis: section('redis'),
    database: section('database'),
    provider: section('provider'),
    limits: { timeout: limits.timeout ?? 10_000, deadline: limits.deadline ?? 60_000 },
  };
}

/** What examining depends on, out of the config. */
export function settingsOf(config: Config): Settings {
  const expect = config.credentials.expect ?? {};
  return {
    leewayMs: config.clock.leeway,
    expect: {
      issuer: expect.issuer,
      audience: expect.audience,
      algorithms: expect.algorithms,
      lifetimeMs: expect.lifetime,
    },
    cookieNames: config.cookies.names,
    keyPrefix: config.redis.keyPrefix,
    sessionTtlMs: config.redis.ttl ?? config.database.lifetime,
  };
}
