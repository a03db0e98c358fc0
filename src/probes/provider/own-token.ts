/**
 * The token with which a verifier proves itself when it asks the provider about others (introspection,
 * a cluster's token review): when that has ended, every user is refused and nothing of theirs is wrong.
 *
 * @module
 */
import type { Secret } from '../../config/secret.ts';
import type { Io } from '../../io/io.ts';
import type { Fact } from '../../model.ts';
import { jsonObject } from '../../parse/json.ts';
import type { Clock } from './dates.ts';
import type { Slug } from './findings.ts';
import { away, minute } from './words.ts';

/** Its times, epoch ms; null where it carries none. Nothing else of it is kept. */
export type OwnTokenSeen = {
  /** False when it is no JWT, so that only its issuer knows when it ends. */
  readonly readable: boolean;
  readonly begins: number | null;
  readonly ends: number | null;
};

/** Soon enough to act. ms */
const SOON = 3 * 86_400_000;
const MAX_TOKEN = 65_536;

/** Reads the times of a token without sending it anywhere. Its signature is not checked. Never throws. */
export function readOwnToken(token: Secret, io: Pick<Io, 'vault'>): OwnTokenSeen {
  const text = token
    .text()
    .trim()
    .replace(/^Bearer\s{1,8}/i, '');
  io.vault.learn(token.text());
  io.vault.learn(text);
  const parts = text.length > MAX_TOKEN ? [] : text.split('.');
  const claims =
    parts.length === 3 ? jsonObject(Buffer.from(parts[1] ?? '', 'base64url').toString('utf8')) : null;
  if (claims === null) return { readable: false, begins: null, ends: null };
  return { readable: true, begins: time(claims['nbf']), ends: time(claims['exp']) };
}

/** What those times mean now; nothing without a token. */
export function ownTokenFacts(token: OwnTokenSeen | null | undefined, clock: Clock): Fact<Slug>[] {
  return token ? [judged(token, clock)] : [];
}

function judged({ readable, begins, ends }: OwnTokenSeen, clock: Clock): Fact<Slug> {
  if (!readable || ends === null) {
    const why = readable ? 'it carries no exp' : 'it is no JWT';
    return { slug: 'own-token-undated', detail: `${why}, so only the provider knows whether it is good` };
  }
  if (ends + clock.slack < clock.now)
    return {
      slug: 'own-token-expired',
      at: ends,
      detail: `it was valid until ${minute(ends)}: ${away(ends, clock.now)} ${clock.words}`,
    };
  if (begins !== null && begins - clock.slack > clock.now)
    return {
      slug: 'own-token-expired',
      detail: `it is valid from ${minute(begins)}: ${away(begins, clock.now)} ${clock.words}`,
    };
  return {
    slug: ends - clock.now < SOON ? 'own-token-expiring' : 'own-token-valid',
    detail: `it is valid until ${minute(ends)}, ${away(ends, clock.now)} ${clock.words}`,
  };
}

function time(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && Math.abs(value) < 8e12 ? value * 1000 : null;
}
