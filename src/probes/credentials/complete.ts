/**
 * An observation out of an evidence file may be older than this code, or not from it at all: what is
 * missing or of the wrong kind becomes "not seen", so that examining never fails.
 *
 * @module
 */
import { isObject } from '../../parse/json.ts';
import type { CredentialsSeen } from './observe.ts';
import type { Group, Population, Range, Times } from './population.ts';
import type { KeySeen, RingSeen } from './ring.ts';

/** The observation with every field there. Does not change one that is whole. */
export function complete(seen: unknown): CredentialsSeen {
  const from = record(seen);
  const now = number(from['now']) ?? 0;
  return {
    now,
    localNow: number(from['localNow']) ?? now,
    uncertaintyMs: number(from['uncertaintyMs']),
    ring: ring(record(from['ring'])),
    before: population(from['before']),
    after: population(from['after']),
    repeated: number(from['repeated']) ?? 0,
    resealed: records(from['resealed']).map((one) => ({
      format: text(one['format']) ?? '?',
      name: text(one['name']),
      count: number(one['count']) ?? 0,
    })),
    leftOut: records(from['leftOut']).map((one) => ({
      site: text(one['site']) ?? '?',
      own: text(one['own']) ?? '?',
      cookies: number(one['cookies']) ?? 0,
    })),
    unreachable: records(from['unreachable']).map((one) => ({
      shown: text(one['shown']) ?? '?',
      message: text(one['message']) ?? '',
    })),
    cut: from['cut'] === true,
  };
}

function ring(from: Readonly<Record<string, unknown>>): RingSeen {
  const jwks = isObject(from['jwks']) ? from['jwks'] : undefined;
  const state = jwks?.['state'];
  return {
    jwks:
      jwks && (state === 'read' || state === 'unreachable' || state === 'unusable')
        ? {
            shown: text(jwks['shown']) ?? '?',
            from: jwks['from'] === 'file' || jwks['from'] === 'discovery' ? jwks['from'] : 'url',
            state,
            message: text(jwks['message']) ?? '',
            keys: records(jwks['keys']).map(key),
          }
        : null,
    issuer: text(from['issuer']),
    keyRing: Array.isArray(from['keyRing'])
      ? records(from['keyRing']).map((one) => ({
          id: text(one['id']) ?? '?',
          created: number(one['created']),
          activated: number(one['activated']),
          expires: number(one['expires']),
          revoked: one['revoked'] === true,
          readable: one['readable'] === true,
        }))
      : null,
    secrets: records(from['secrets']).map((one) => ({
      name: text(one['name']) ?? '?',
      generation: one['generation'] === 'previous' ? 'previous' : 'current',
      bytes: number(one['bytes']) ?? 0,
      fingerprint: text(one['fingerprint']) ?? '?',
    })),
  };
}

function key(one: Readonly<Record<string, unknown>>): KeySeen {
  return {
    kid: text(one['kid']),
    kty: text(one['kty']) ?? '?',
    alg: text(one['alg']),
    use: text(one['use']),
    usable: one['usable'] === true,
  };
}

function population(value: unknown): Population | null {
  if (!isObject(value)) return null;
  return {
    files: texts(value['files']),
    count: number(value['count']) ?? 0,
    groups: records(value['groups']).map(group),
    beyond: number(value['beyond']) ?? 0,
  };
}

function group(one: Readonly<Record<string, unknown>>): Group {
  return {
    name: text(one['name']),
    format: text(one['format']) ?? 'opaque',
    sure: text(one['sure']) ?? 'shape',
    alg: text(one['alg']),
    enc: text(one['enc']),
    digest: text(one['digest']),
    kid: text(one['kid']),
    typ: text(one['typ']),
    serializer: text(one['serializer']),
    purpose: text(one['purpose']),
    shape: text(one['shape']),
    iss: text(one['iss']),
    aud: texts(one['aud']),
    signed: one['signed'] === true,
    encrypted: one['encrypted'] === true,
    verified: text(one['verified']) ?? 'no-key',
    key: text(one['key']),
    how: text(one['how']),
    derivation: text(one['derivation']),
    lacks: text(one['lacks']),
    problems: texts(one['problems']),
    count: number(one['count']) ?? 0,
    set: number(one['set']) ?? 0,
    twice: number(one['twice']) ?? 0,
    issued: range(one['issued']),
    expires: range(one['expires']),
    lifetime: range(one['lifetime']),
    largest: number(one['largest']) ?? 0,
    times: records(one['times']).map(times),
    example: text(one['example']) ?? '?',
  };
}

function times(one: Readonly<Record<string, unknown>>): Times {
  return {
    iat: number(one['iat']) ?? undefined,
    exp: number(one['exp']) ?? undefined,
    nbf: number(one['nbf']) ?? undefined,
  };
}

function range(value: unknown): Range | null {
  const [min, max] = Array.isArray(value) ? [number(value[0]), number(value[1])] : [null, null];
  return min === null || max === null ? null : [min, max];
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? value : {};
}

function records(value: unknown): Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function number(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
