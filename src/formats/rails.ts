/**
 * Ruby on Rails: signed cookies and messages, encrypted cookies (AES-GCM since 5.2, AES-CBC before), and
 * Devise's remember token inside them. The length of the hex tail shows the MAC's digest, never the key
 * derivation's: `load_defaults 7.0` (SHA1 → SHA256 there) is invisible without the key.
 * Source: ActiveSupport::MessageVerifier, MessageEncryptor, ActionDispatch cookies, 4.0 to 7.2.
 *
 * @module
 */
import { fromAnyBase64, fromHex } from '../parse/base64.ts';
import { type JsonObject, isObject, jsonObject } from '../parse/json.ts';
import { decrypt, digestOfBytes, hmac, pbkdf2, same } from './crypto.ts';
import {
  AS_IT_IS,
  type Candidate,
  type Extras,
  type Format,
  type Match,
  type Material,
  type Reading,
} from './format.ts';

const ITERATIONS = 1000;
/** Digests of ActiveSupport::KeyGenerator: SHA1 until `load_defaults 7.0`, SHA256 from there. */
const KDF_DIGESTS = ['sha1', 'sha256'];
const GCM = /^([A-Za-z0-9+/_-]+={0,2})--([A-Za-z0-9+/_-]{16})--([A-Za-z0-9+/_-]{22})={0,2}$/;
const TAIL = /^(.+)--([0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})$/is;

/** AES-GCM: `b64--b64(iv)--b64(tag)`. Sinatra 3 makes the same shape under the name rack.session. */
export const railsGcm: Format = {
  ids: ['rails-encrypted-gcm', 'rack-protection-encrypted'],
  recognise(candidate) {
    const match = GCM.exec(candidate.text);
    if (!match?.[1] || !match[2] || !match[3]) return null;
    const [data, iv, tag] = [
      fromAnyBase64(match[1]),
      fromAnyBase64(match[2]),
      fromAnyBase64(`${match[3]}==`),
    ];
    if (!data || !iv || !tag) return null;
    const rack = candidate.name === 'rack.session';
    return {
      format: rack ? 'rack-protection-encrypted' : 'rails-encrypted-gcm',
      sure: 'marked',
      signed: true,
      encrypted: true,
      alg: 'aes-256-gcm',
      alternatives: [rack ? 'rails-encrypted-gcm' : 'rack-protection-encrypted'],
      problems: [],
      verify: (key, extras) => openGcm(key, extras, data, iv, tag),
    };
  },
};

function openGcm(key: Material, { salts }: Extras, data: Buffer, iv: Buffer, tag: Buffer): Match | null {
  for (const salt of ['authenticated encrypted cookie', ...salts])
    for (const digest of KDF_DIGESTS)
      for (const length of [32, 16]) {
        const derived = pbkdf2(key.bytes, salt, ITERATIONS, length, digest);
        if (decrypt('gcm', derived, iv, data, { tag }))
          return {
            derivation: kdfWords(digest, salt),
            format: 'rails-encrypted-gcm',
            alg: `aes-${length * 8}-gcm`,
          };
      }
  // rack-protection takes the first 32 bytes of the secret, hex-decoded where it is hex.
  const raw = key.bytes.subarray(0, 32);
  return raw.length === 32 && decrypt('gcm', raw, iv, data, { tag })
    ? { derivation: 'first 32 bytes', format: 'rack-protection-encrypted' }
    : null;
}

/** AES-CBC with a MAC over it: `b64( b64(ct)--b64(iv) )--hex`. */
export const railsCbc: Format = {
  ids: ['rails-encrypted-cbc'],
  recognise(candidate) {
    const tail = TAIL.exec(candidate.text);
    const left = tail?.[1];
    const mac = macOf(tail?.[2]);
    const inner = left ? fromAnyBase64(left)?.toString('latin1') : undefined;
    const parts = inner ? /^([A-Za-z0-9+/]+={0,2})--([A-Za-z0-9+/]{22}==)$/.exec(inner) : null;
    if (!left || !mac || !parts?.[1] || !parts[2]) return null;
    const [data, iv] = [fromAnyBase64(parts[1]), fromAnyBase64(parts[2])];
    const digest = digestOfBytes(mac.length);
    if (!data || !iv || !digest) return null;
    return {
      format: 'rails-encrypted-cbc',
      sure: 'marked',
      signed: true,
      encrypted: true,
      alg: 'aes-256-cbc',
      digest,
      problems: [],
      verify: (key, { salts }) => {
        for (const salt of ['signed encrypted cookie', ...salts])
          for (const kdf of KDF_DIGESTS)
            if (same(hmac(digest, pbkdf2(key.bytes, salt, ITERATIONS, 64, kdf), left), mac))
              return { derivation: kdfWords(kdf, salt) };
        return null;
      },
    };
  },
};

/** What the left part of a `left--hex` value holds. */
export interface Left {
  readonly text: string;
  readonly bytes: Buffer;
  readonly mac: Buffer;
  readonly digest: string;
}

/** Splits `base64--hex` where the hex has a digest's length, or null. */
export function signedPair(text: string): Left | null {
  const match = TAIL.exec(text);
  const bytes = match?.[1] ? fromAnyBase64(match[1]) : null;
  const mac = macOf(match?.[2]);
  const digest = mac ? digestOfBytes(mac.length) : undefined;
  return match?.[1] && bytes && mac && digest ? { text: match[1], bytes, mac, digest } : null;
}

/** Frameworks write lower case and compare the text: hex in another case keeps its length and fits nothing. */
function macOf(hex: string | undefined): Buffer | null {
  const bytes = fromHex(hex ?? '');
  return bytes && hex !== hex?.toLowerCase() ? Buffer.alloc(bytes.length) : bytes;
}

/** Signed: `b64--hex` around Marshal, JSON or MessagePack; anything else after a hex tail is no cookie of Rails. */
export const railsSigned: Format = {
  ids: ['rails-signed'],
  recognise(candidate) {
    const left = signedPair(candidate.text);
    if (!left) return null;
    const serializer = serializerOf(left.bytes);
    return serializer === undefined ? null : readSigned(candidate, left, serializer);
  },
};

function readSigned({ name }: Candidate, left: Left, outer: string): Reading {
  const envelope = outer === 'json' ? railsEnvelope(left.bytes) : null;
  const inner = envelope ? innerOf(envelope) : left.bytes;
  const exp = typeof envelope?.['exp'] === 'string' ? Date.parse(envelope['exp']) : Number.NaN;
  const purpose = typeof envelope?.['pur'] === 'string' ? envelope['pur'].slice(0, 100) : undefined;
  return {
    format: 'rails-signed',
    sure: envelope ? 'marked' : 'readable',
    signed: true,
    encrypted: false,
    digest: left.digest,
    serializer: envelope ? (serializerOf(inner) ?? 'json') : outer,
    purpose,
    issuedAt: deviseTime(inner),
    expiresAt: Number.isNaN(exp) ? undefined : exp / 1000,
    // Cookies have one salt; what a message verifier of the app's own made has another.
    takes: name === null || (purpose !== undefined && !purpose.startsWith('cookie.')) ? 'salt' : undefined,
    problems: [],
    sealed: { text: left.text, mac: left.mac.toString('hex') },
    verify: (key, { salts }) => {
      for (const salt of ['signed cookie', ...salts])
        for (const kdf of KDF_DIGESTS)
          if (same(hmac(left.digest, pbkdf2(key.bytes, salt, ITERATIONS, 64, kdf), left.text), left.mac))
            return { derivation: kdfWords(kdf, salt) };
      // MessageVerifier.new(secret): a key of the app's own, used as it is.
      return name === null && same(hmac(left.digest, key.bytes, left.text), left.mac) ? AS_IT_IS : null;
    },
  };
}

function railsEnvelope(bytes: Buffer): JsonObject | null {
  const rails = jsonObject(bytes)?.['_rails'];
  return isObject(rails) ? rails : null;
}

function innerOf(envelope: JsonObject): Buffer {
  if (typeof envelope['message'] === 'string') return fromAnyBase64(envelope['message']) ?? Buffer.alloc(0);
  return Buffer.from(JSON.stringify(envelope['data'] ?? null));
}

/** Devise's remember token ends in the time it was made: `[[id], "…", "1791969120.123"]`. */
function deviseTime(inner: Buffer): number | undefined {
  const text = inner.subarray(0, 4096).toString('latin1');
  const match = /\$2[aby]\$\d\d\$[\s\S]{0,120}?(\d{10}\.\d{1,9})/.exec(text);
  return match?.[1] ? Number(match[1]) : undefined;
}

/** How bytes are serialised, as far as their beginning shows: Marshal, JSON, zlib, MessagePack. */
export function serializerOf(bytes: Buffer): string | undefined {
  if (bytes[0] === 0x04 && bytes[1] === 0x08) return 'marshal';
  if (bytes[0] === 0x78 && [0x01, 0x5e, 0x9c, 0xda].includes(bytes[1] ?? 0)) return 'zlib+json';
  if (bytes[0] === 0xcc && bytes[1] === 0x80) return 'messagepack';
  const start = bytes.subarray(0, 1).toString('latin1');
  if (/[{["\dtfn-]/.test(start)) {
    try {
      JSON.parse(bytes.toString('utf8'));
      return 'json';
    } catch {
      return undefined;
    }
  }
  return undefined;
}

function kdfWords(digest: string, salt: string): string {
  return `PBKDF2-${digest.toUpperCase()}, salt "${salt}"`;
}
