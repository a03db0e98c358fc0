/**
 * Config → which server to ask, and with what credential.
 *
 * @module
 */
import type { Config } from '../../config/config.ts';
import type { RedisTarget } from '../../io/redis.ts';
import { Skip } from '../probe.ts';

export interface RedisInput {
  /** The server named by the URL, without TLS files read (see `tlsFiles`); with `named` false only its credentials count. */
  readonly target: RedisTarget;
  /** False when only Sentinels are given: they say which server to ask. */
  readonly named: boolean;
  readonly sentinels: readonly { readonly host: string; readonly port: number }[];
  readonly sentinelName: string | undefined;
  /** Printable address. */
  readonly shown: string;
  readonly tlsFiles: Config['redis']['tls'];
  /** The URL names a database. */
  readonly dbGiven: boolean;
  readonly keyPrefix: string | undefined;
  readonly appUser: string | undefined;
}

const SECURE = new Set(['rediss:', 'valkeys:']);

/** The redis section as a target, or why there is none. Never throws: the schema has checked the URL. */
export function readInput(config: Config): RedisInput | Skip {
  const { url, username, password, keyPrefix, appUser, tls, sentinels = [], sentinelName } = config.redis;
  if (!url && sentinels.length === 0)
    return new Skip('no session store was named', '--redis redis://HOST:6379/0');
  const parsed = new URL(url?.href() ?? 'redis://sentinel');
  const decode = (text: string): string | undefined => (text === '' ? undefined : safely(text));
  const named = /^\/(\d{1,5})/.exec(parsed.pathname)?.[1] ?? parsed.searchParams.get('db');
  const db = named ?? '0';
  return {
    shown: url?.shown ?? sentinels.map(({ host, port }) => `sentinel ${host}:${port}`).join(', '),
    named: url !== undefined,
    sentinels,
    sentinelName,
    dbGiven: named !== null && named !== undefined,
    keyPrefix,
    appUser,
    tlsFiles: tls,
    target: {
      host: parsed.hostname.replace(/^\[|\]$/g, ''),
      port: Number(parsed.port || 6379),
      db: /^\d{1,5}$/.test(db) ? Number(db) : 0,
      username: username?.text() ?? decode(parsed.username),
      password: password?.text() ?? decode(parsed.password),
      ...(SECURE.has(parsed.protocol) || tls ? { tls: {} } : {}),
    },
  };
}

function safely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
