/**
 * itsdangerous: Flask, Starlette and FastAPI sessions, confirm and reset tokens. `payload.time.mac` or
 * `payload.mac`; everything but the key is readable. Salt and key derivation cannot be seen.
 *
 * @module
 */
import { fromBase64url } from '../parse/base64.ts';
import { digestOfBytes, hmac, same } from './crypto.ts';
import type { Candidate, Extras, Format, Match, Material, Reading } from './format.ts';
import { isHalfToken } from './jose-header.ts';
import { concatKey, hmacKey, payloadKind, plausible } from './python.ts';

const SALTS = ['cookie-session', 'itsdangerous', 'itsdangerous.Signer'];
const TAIL = /^(.*)\.([A-Za-z0-9_-]{27}|[A-Za-z0-9_-]{43}|[A-Za-z0-9_-]{64}|[A-Za-z0-9_-]{86})$/s;

/** With a time stamp, which is what tells it. */
export const itsdangerousTimed: Format = {
  ids: ['itsdangerous-timed'],
  recognise(candidate) {
    const match = TAIL.exec(candidate.text);
    const timed = match?.[1] === undefined ? null : /^(.*)\.([A-Za-z0-9_-]{6})$/s.exec(match[1]);
    if (!match?.[1] || !match[2] || !timed?.[2] || timed[1] === undefined) return null;
    const stamp = fromBase64url(timed[2]);
    const time = stamp?.length === 4 ? stamp.readUInt32BE() : 0;
    const kind = payloadKind(timed[1]);
    // Versions before 1.1 counted from 2011: 41 years too early.
    const issued = plausible(time)
      ? time
      : plausible(time + 1_293_840_000)
        ? time + 1_293_840_000
        : undefined;
    if (issued === undefined) return null;
    const reading = read(candidate, match[1], match[2], kind);
    return {
      ...reading,
      format: 'itsdangerous-timed',
      issuedAt: issued,
      verify: (key, extras) => {
        const match = reading.verify?.(key, extras);
        return match ? { derivation: match.derivation } : null;
      },
    };
  },
};

/** Without: only a payload that decodes, or the lack of anything Node-like, tells it from cookie-signature. */
export const itsdangerous: Format = {
  ids: ['itsdangerous'],
  recognise(candidate) {
    const match = TAIL.exec(candidate.text);
    if (!match?.[1] || !match[2] || isHalfToken(candidate.text)) return null;
    const kind = payloadKind(match[1]);
    // SHA1 is its default and never cookie-signature's; a longer tail asks for a payload only Python writes.
    if (match[2].length !== 27 && !match[1].startsWith('.eJ')) return null;
    if (kind === undefined && !/^[\w.@-]+$/.test(match[1])) return null;
    return { ...read(candidate, match[1], match[2], kind), alternatives: ['cookie-signature'] };
  },
};

function read({ name }: Candidate, signed: string, tail: string, kind: string | undefined): Reading {
  const mac = fromBase64url(tail) ?? Buffer.alloc(0);
  const digest = digestOfBytes(mac.length) ?? 'sha1';
  return {
    format: 'itsdangerous',
    sure: kind === undefined ? 'shape' : 'readable',
    signed: true,
    encrypted: false,
    digest,
    serializer: kind,
    // Flask's and Starlette's session cookies have known salts; confirm and reset tokens have the app's own.
    takes: name === null ? 'salt' : undefined,
    problems: [],
    sealed: { text: signed, mac: tail },
    verify: (key, extras) => check(key, extras, digest, signed, mac),
  };
}

/** Tries both key formulas under every salt, then the key as it is. */
export function check(
  key: Material,
  { salts }: Extras,
  digest: string,
  signed: string,
  mac: Buffer,
): Match | null {
  for (const salt of [...SALTS, ...salts])
    for (const [words, formula] of [
      ['hmac', hmacKey],
      ['django-concat', concatKey],
    ] as const)
      if (same(hmac(digest, formula(digest, salt, key.bytes), signed), mac))
        return { derivation: `${words}, salt "${salt}"`, format: 'itsdangerous' };
  // The very same shape is cookie-signature's, which uses the key as it is.
  return same(hmac(digest, key.bytes, signed), mac) ? { derivation: '', format: 'cookie-signature' } : null;
}
