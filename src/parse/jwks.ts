/**
 * A JSON Web Key Set (RFC 7517), or a map of kid → X.509 certificate as Google publishes it, as facts
 * about its keys. No key material is kept: a key is told apart by its thumbprint (RFC 7638).
 *
 * @module
 */
import { createHash, X509Certificate } from 'node:crypto';
import { isObject, type JsonObject, jsonValue } from './json.ts';

/** What may be shown of one key. */
export type JwkFacts = {
  readonly kid: string | null;
  readonly kty: string;
  readonly use: string | null;
  readonly alg: string | null;
  readonly crv: string | null;
  /** RFC 7638, base64url SHA-256 of the public part; null when members are missing. */
  readonly thumbprint: string | null;
  /** Epoch ms, of the first certificate in x5c. */
  readonly certificate: { readonly validFrom: number; readonly validTo: number } | null;
  /** It holds private or symmetric key material, which must never be published. */
  readonly secret: boolean;
};

export type KeySetFacts =
  | {
      readonly ok: true;
      readonly form: 'jwks' | 'x509';
      readonly keys: readonly JwkFacts[];
      readonly beyond: number;
    }
  | { readonly ok: false; readonly problem: 'not-json' | 'no-keys-member' };

/** The longest set met in practice has some hundreds. */
const MAX_KEYS = 1000;
const MAX_NAME = 256;
const MAX_CERTIFICATE = 16_384;

/** Required public members, in the order that RFC 7638 hashes them. */
const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  RSA: ['e', 'kty', 'n'],
  EC: ['crv', 'kty', 'x', 'y'],
  OKP: ['crv', 'kty', 'x'],
};

/** Members that only a private or shared key has, with the secret values handed to `secret`. */
const SECRET_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'];

/**
 * Reads a key set. Never throws. `secret` is told of every private value met, so that it can be kept out
 * of everything else.
 */
export function readKeySet(text: string, secret: (value: string) => void = () => {}): KeySetFacts {
  const value = jsonValue(text);
  if (!isObject(value)) return { ok: false, problem: 'not-json' };
  const listed = value['keys'];
  if (Array.isArray(listed)) {
    const keys = listed.filter(isObject);
    return {
      ok: true,
      form: 'jwks',
      keys: keys.slice(0, MAX_KEYS).map((key) => factsOf(key, secret)),
      beyond: Math.max(0, keys.length - MAX_KEYS),
    };
  }
  const certificates = Object.entries(value);
  const isMap =
    certificates.length > 0 &&
    certificates.every(([, pem]) => typeof pem === 'string' && pem.startsWith('-----BEGIN CERTIFICATE-----'));
  if (!isMap) return { ok: false, problem: 'no-keys-member' };
  return {
    ok: true,
    form: 'x509',
    keys: certificates.slice(0, MAX_KEYS).map(([kid, pem]) => fromCertificate(kid, String(pem))),
    beyond: Math.max(0, certificates.length - MAX_KEYS),
  };
}

/** The RFC 7638 thumbprint of a public JWK, or null when it lacks members. */
export function thumbprintOf(jwk: JsonObject): string | null {
  const members = MEMBERS[String(jwk['kty'])];
  if (!members?.every((name) => typeof jwk[name] === 'string')) return null;
  const canonical = JSON.stringify(Object.fromEntries(members.map((name) => [name, jwk[name]])));
  return createHash('sha256').update(canonical).digest('base64url');
}

function factsOf(jwk: JsonObject, secret: (value: string) => void): JwkFacts {
  const secrets = SECRET_MEMBERS.map((name) => jwk[name]).filter((value) => typeof value === 'string');
  for (const value of secrets) secret(value);
  const chain = jwk['x5c'];
  const leaf: unknown = Array.isArray(chain) ? chain[0] : undefined;
  return {
    kid: name(jwk['kid']),
    kty: name(jwk['kty']) ?? '?',
    use: name(jwk['use']),
    alg: name(jwk['alg']),
    crv: name(jwk['crv']),
    thumbprint: thumbprintOf(jwk) ?? (typeof leaf === 'string' ? certified(leaf) : null),
    certificate:
      typeof leaf === 'string' ? datesOf(Buffer.from(leaf.slice(0, MAX_CERTIFICATE), 'base64')) : null,
    secret: secrets.length > 0,
  };
}

/** The thumbprint of the key in a certificate, for sets that publish nothing else of it. */
function certified(leaf: string): string | null {
  try {
    const { publicKey } = new X509Certificate(Buffer.from(leaf.slice(0, MAX_CERTIFICATE), 'base64'));
    return thumbprintOf(publicKey.export({ format: 'jwk' }));
  } catch {
    return null;
  }
}

function fromCertificate(kid: string, pem: string): JwkFacts {
  const empty = { kid: kid.slice(0, MAX_NAME), use: 'sig', alg: null, crv: null, secret: false } as const;
  try {
    const certificate = new X509Certificate(pem.slice(0, MAX_CERTIFICATE));
    const jwk = certificate.publicKey.export({ format: 'jwk' }) as JsonObject;
    return {
      ...empty,
      kty: name(jwk['kty']) ?? '?',
      thumbprint: thumbprintOf(jwk),
      certificate: validity(certificate),
    };
  } catch {
    return { ...empty, kty: '?', thumbprint: null, certificate: null };
  }
}

function datesOf(der: Buffer): JwkFacts['certificate'] {
  try {
    return validity(new X509Certificate(der));
  } catch {
    return null;
  }
}

function validity(certificate: X509Certificate): JwkFacts['certificate'] {
  const validFrom = Date.parse(certificate.validFrom);
  const validTo = Date.parse(certificate.validTo);
  return Number.isNaN(validFrom) || Number.isNaN(validTo) ? null : { validFrom, validTo };
}

function name(value: unknown): string | null {
  return typeof value === 'string' ? value.slice(0, MAX_NAME) : null;
}
