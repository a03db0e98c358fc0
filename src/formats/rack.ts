/**
 * Rack sessions: HMAC cookies of Rack ≤ 2.2, unsigned ones, and the encrypted ones of rack-session 2
 * (v1, AES-CTR with HMAC) and its successor (v2, AES-GCM). The secret is used as it is, without a KDF.
 * Source: Rack::Session::Cookie, Rack::Session::Encryptor.
 *
 * @module
 */
import { createDecipheriv } from 'node:crypto';
import { fromAnyBase64 } from '../parse/base64.ts';
import { decrypt, hmac, same } from './crypto.ts';
import { AS_IT_IS, type Format, type Match, type Material } from './format.ts';
import { cutLength } from './normalise.ts';
import { serializerOf, signedPair } from './rails.ts';

/** `b64--hex` with a session inside: told from Rails by its name or its session_id. */
export const rackHmac: Format = {
  ids: ['rack-session-hmac'],
  recognise(candidate) {
    const left = signedPair(candidate.text);
    const serializer = left ? serializerOf(left.bytes) : undefined;
    if (!left || serializer === undefined) return null;
    const head = left.bytes.subarray(0, 2048).toString('latin1');
    if (head.includes('_rails') || !(candidate.name === 'rack.session' || head.includes('session_id')))
      return null;
    return {
      format: 'rack-session-hmac',
      sure: 'readable',
      signed: true,
      encrypted: false,
      digest: left.digest,
      serializer,
      problems: [],
      sealed: { text: left.text, mac: left.mac.toString('hex') },
      verify: (key) => (same(hmac(left.digest, key.bytes, left.text), left.mac) ? AS_IT_IS : null),
    };
  },
};

/** Marshal in base64 with no signature: Rack without a secret. */
export const rackUnsigned: Format = {
  ids: ['rack-session-unsigned'],
  recognise({ text, name, value }) {
    // Cut at a round length it may be the beginning of a signed one.
    const bytes = text.startsWith('BA') && !cutLength({ name, value }) ? fromAnyBase64(text) : null;
    if (!bytes || bytes.length < 6 || bytes[0] !== 4 || bytes[1] !== 8) return null;
    return {
      format: 'rack-session-unsigned',
      sure: 'readable',
      signed: false,
      encrypted: false,
      serializer: 'marshal',
      problems: ['unsigned'],
    };
  },
};

/** rack-session's Encryptor: `01 | secret 32 | iv 16 | ct | mac 32` and `02 | salt 32 | iv 12 | tag 16 | ct`. */
export const rackEncrypted: Format = {
  ids: ['rack-session-encrypted-v1', 'rack-session-encrypted-v2'],
  recognise(candidate) {
    if (!/^A[Q-fg-v]/.test(candidate.text) || candidate.text.length < 124) return null;
    const bytes = fromAnyBase64(candidate.text);
    if (!bytes) return null;
    const v1 = bytes[0] === 1 && bytes.length >= 113 && bytes.length % 32 === 17;
    const v2 = bytes[0] === 2 && bytes.length >= 93 && bytes.length % 32 === 29;
    if (!v1 && !v2) return null;
    return {
      format: v1 ? 'rack-session-encrypted-v1' : 'rack-session-encrypted-v2',
      sure: 'shape',
      signed: true,
      encrypted: true,
      alg: v1 ? 'aes-256-ctr+hmac-sha256' : 'aes-256-gcm',
      digest: v1 ? 'sha256' : undefined,
      problems: [],
      verify: (key, { salts }) => open(v1, key, bytes, ['', candidate.name ?? '', ...salts]),
    };
  },
};

/** The purpose is the cookie's key, but only where the app gave the `key:` option explicitly. */
function open(v1: boolean, key: Material, bytes: Buffer, purposes: readonly string[]): Match | null {
  if (key.bytes.length < 64) return null;
  for (const purpose of new Set(purposes)) {
    const fits = v1
      ? same(hmac('sha256', key.bytes.subarray(32), bytes.subarray(0, -32), purpose), bytes.subarray(-32)) &&
        opensV1(key.bytes, bytes)
      : decrypt(
          'gcm',
          hmac('sha256', key.bytes.subarray(0, 32), bytes.subarray(1, 33)),
          bytes.subarray(33, 45),
          bytes.subarray(61),
          {
            tag: bytes.subarray(45, 61),
            aad: Buffer.concat([bytes.subarray(0, 33), Buffer.from(purpose)]),
          },
        ) !== null;
    if (fits) return { derivation: purpose === '' ? '' : `purpose "${purpose}"` };
  }
  return null;
}

/** The MAC has a key of its own: one that shares it may yet have another for the cipher, and then it reads nothing. */
function opensV1(key: Buffer, bytes: Buffer): boolean {
  const cipherKey = hmac('sha256', key.subarray(0, 32), bytes.subarray(1, 33));
  const plain = createDecipheriv('aes-256-ctr', cipherKey, bytes.subarray(33, 49)).update(
    bytes.subarray(49, -32),
  );
  const begin = 2 + plain.readUInt16LE(0);
  const [first, second] = plain.subarray(begin);
  return (first === 4 && second === 8) || first === 0x7b;
}
