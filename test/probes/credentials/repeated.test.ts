// Files of before and after that overlap, large enough for the tokens to be counted without being read.
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { file, look, now, secret } from './support.ts';

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const [old, fresh] = [pair(), pair()];
const pem = (key: KeyObject) => secret(key.export({ type: 'spki', format: 'pem' }).toString());

function tokens(key: KeyObject, count: number, iat: number): string[] {
  return Array.from({ length: count }, (_, number) => {
    const text = `${part({ alg: 'ES256' })}.${part({ sub: `u${number}`, iat, exp: iat + 7200 })}`;
    const mac = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' });
    return `${text}.${mac.toString('base64url')}`;
  });
}

describe('tokens that were there before', () => {
  it.each([
    ['a token a line', ''],
    ['a Cookie header a line', 'Cookie: t='],
  ])('are not new among thousands that are: %s', async (_, prefix) => {
    const before = tokens(old.privateKey, 1500, now - 5000);
    const after = tokens(fresh.privateKey, 5600, now - 500);
    const lines = (list: string[]) => file(list.map((one) => `${prefix}${one}\n`).join(''));
    const { seen, slugs } = await look({
      samples: [lines(before)],
      after: [lines([...after.slice(0, 5300), ...before, ...after.slice(5300)])],
      secrets: { fresh: pem(fresh.publicKey) },
      previousSecrets: { old: pem(old.publicKey) },
    });
    expect(seen.repeated).toBe(1500);
    expect(seen.before?.count).toBe(1500);
    expect(seen.after?.groups.map(({ key, count }) => [key, count])).toEqual([['fresh', 5600]]);
    expect(slugs).not.toContain('split-keys');
  });
});
