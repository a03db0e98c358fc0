/**
 * ASP.NET Core Data Protection: auth, session and antiforgery cookies. The key's id is readable, so a key
 * that is no longer in the ring shows without any key. The same key under a moved content root is unreadable
 * to the app, and that is invisible without the key. Source: KeyRingBasedDataProtector, ManagedAuthenticatedEncryptor.
 *
 * @module
 */
import { createCipheriv } from 'node:crypto';
import { fromAnyBase64 } from '../parse/base64.ts';
import { decrypt, hmac, same } from './crypto.ts';
import type { Extras, Format, Match, Material } from './format.ts';

const MAGIC = Buffer.from('09f0c9f0', 'hex');
const COOKIES = 'Microsoft.AspNetCore.Authentication.Cookies.CookieAuthenticationMiddleware';

export const aspnetcore: Format = {
  ids: ['aspnetcore-dataprotection', 'aspnetcore-chunked'],
  recognise(candidate) {
    const { text, name } = candidate;
    if (/^chunks-\d{1,3}$/.test(text) && name?.startsWith('.AspNet'))
      return { ...base('aspnetcore-chunked'), problems: ['chunk-missing'] };
    const bytes = text.startsWith('CfDJ8') ? fromAnyBase64(text) : null;
    if (!bytes || bytes.length < 100 || (bytes.length - 84) % 16 !== 0 || !bytes.subarray(0, 4).equals(MAGIC))
      return null;
    return {
      ...base(candidate.chunks === undefined ? 'aspnetcore-dataprotection' : 'aspnetcore-chunked'),
      kid: guid(bytes.subarray(4, 20)),
      problems: [],
      verify: (key, extras) => check(key, extras, bytes, name ?? ''),
    };
  },
};

function base(format: string) {
  return { format, sure: 'marked', signed: true, encrypted: true, takes: 'purpose' } as const;
}

/** The first three fields of a GUID are little-endian in its bytes. */
export function guid(bytes: Buffer): string {
  const hex = (start: number, end: number, reversed: boolean) => {
    const part = Buffer.from(bytes.subarray(start, end));
    return (reversed ? part.reverse() : part).toString('hex');
  };
  return [hex(0, 4, true), hex(4, 6, true), hex(6, 8, true), hex(8, 10, false), hex(10, 16, false)].join('-');
}

/** Purposes that frameworks use after the app's discriminator, which is given as a salt. */
function purposes(name: string, discriminators: readonly string[]): string[][] {
  const scheme = /^\.AspNetCore\.(.+?)(?:C\d+)?$/.exec(name)?.[1] ?? 'Cookies';
  return ['', ...discriminators].flatMap((app) => {
    const start = app === '' ? [] : [app];
    return [
      ...[...new Set([scheme, 'Cookies', 'Identity.Application'])].map((one) => [
        ...start,
        COOKIES,
        one,
        'v2',
      ]),
      [...start, 'SessionMiddleware'],
      [...start, 'Microsoft.AspNetCore.Antiforgery.AntiforgeryToken.v1'],
    ];
  });
}

function check(key: Material, { salts }: Extras, bytes: Buffer, name: string): Match | null {
  if (key.bytes.length !== 64) return null;
  for (const chain of purposes(name, salts))
    for (const [cipher, digest] of [
      [32, 'sha256'],
      [16, 'sha512'],
      [32, 'sha512'],
      [16, 'sha256'],
    ] as const)
      if (opens(key.bytes, bytes, chain, cipher, digest))
        return { derivation: `purpose "${chain.join(' ')}"`, alg: `aes-${cipher * 8}-cbc`, digest };
  return null;
}

function opens(
  master: Buffer,
  bytes: Buffer,
  chain: readonly string[],
  cipher: number,
  digest: string,
): boolean {
  const macLength = digest === 'sha256' ? 32 : 64;
  if (bytes.length < 68 + macLength) return false;
  const aad = Buffer.concat([bytes.subarray(0, 20), u32(chain.length), ...chain.map(sized)]);
  const modifier = bytes.subarray(20, 36);
  const keys = sp800108(
    master,
    aad,
    Buffer.concat([contextHeader(cipher, digest, macLength), modifier]),
    cipher + macLength,
  );
  const [body, mac] = [bytes.subarray(36, -macLength), bytes.subarray(-macLength)];
  if (!same(hmac(digest, keys.subarray(cipher), body), mac)) return false;
  return decrypt('cbc', keys.subarray(0, cipher), body.subarray(0, 16), body.subarray(16)) !== null;
}

/** SP 800-108 KDF in counter mode with HMAC-SHA512. */
function sp800108(key: Buffer, label: Buffer, context: Buffer, length: number): Buffer {
  const out: Buffer[] = [];
  for (let counter = 1; (counter - 1) * 64 < length; counter++)
    out.push(hmac('sha512', key, u32(counter), label, Buffer.alloc(1), context, u32(length * 8)));
  return Buffer.concat(out).subarray(0, length);
}

/** Names the algorithms by what they do to nothing under keys derived from nothing. */
function contextHeader(cipher: number, digest: string, macLength: number): Buffer {
  const keys = sp800108(Buffer.alloc(0), Buffer.alloc(0), Buffer.alloc(0), cipher + macLength);
  const encrypt = createCipheriv(`aes-${cipher * 8}-cbc`, keys.subarray(0, cipher), Buffer.alloc(16));
  return Buffer.concat([
    Buffer.alloc(2),
    u32(cipher),
    u32(16),
    u32(macLength),
    u32(macLength),
    encrypt.update(Buffer.alloc(0)),
    encrypt.final(),
    hmac(digest, keys.subarray(cipher)),
  ]);
}

function u32(number: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(number);
  return bytes;
}

/** .NET's BinaryWriter text: length in 7-bit groups, then UTF-8. */
function sized(text: string): Buffer {
  const bytes = Buffer.from(text);
  const length: number[] = [];
  for (let rest = bytes.length; ; rest >>>= 7) {
    if (rest < 128) {
      length.push(rest);
      break;
    }
    length.push((rest & 127) | 128);
  }
  return Buffer.concat([Buffer.from(length), bytes]);
}
