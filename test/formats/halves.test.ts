import { describe, expect, it } from 'vitest';
import { Secret } from '../../src/config/secret.ts';
import { recognise } from '../../src/formats/index.ts';
import { secretKey } from '../../src/formats/keys.ts';
import { readLine } from '../../src/parse/carried-line.ts';
import { verdictOf } from '../../src/probes/credentials/verdict.ts';
import { carriedOf, type Sample, samples } from './samples.ts';

/** Formats whose parts tell that one is missing or too short, wherever the cut fell. */
const TELLING =
  /^(?:jws|jwe|iron|plug-signed|fernet|tornado-signed-v2|laravel-encrypted-.*|supabase-session)$/;
const real = samples.filter(
  ({ file, expected, companion }) =>
    file !== 'mangled' && companion === undefined && TELLING.test(expected.format),
);
/** Said of what did not arrive whole; no key is tried with it. */
const CUT = ['truncated', 'signature-length'];

const named = real.map((sample) => [`${sample.file}/${sample.id}`, sample] as const);

describe('half a credential', () => {
  it.each(named)('%s says so, wherever it was cut, and convicts no key', async (_, sample: Sample) => {
    const key = await secretKey('app', new Secret(Buffer.from(sample.secret ?? 'a')), 'current');
    const whole = carriedOf(sample).value;
    for (const part of [0.4, 0.55, 0.7, 0.85, 0.97]) {
      const value = whole.slice(0, Math.floor(whole.length * part));
      // A payload that is no JSON is nobody's token to begin with.
      const { reading } = recognise({ name: sample.cookieName, value });
      if (value.length < 24 || reading.problems.includes('payload-not-json')) continue;
      const said = `${part} of it: ${reading.format} ${reading.problems.join(' ')}`;
      expect(
        reading.problems.some((one) => CUT.includes(one)),
        said,
      ).toBe(true);
      expect(verdictOf(reading, [key], { salts: [] }).verified, said).toBe('no-key');
    }
  });

  it('tells what its header told', () => {
    const { reading } = recognise({ name: null, value: 'eyJhbGciOiJIUzI1NiIsImtpZCI6ImsxIn0.eyJzdWIiOiI0' });
    expect(reading).toMatchObject({ format: 'jws', alg: 'HS256', kid: 'k1', problems: ['truncated'] });
  });

  it('tells what its claims told, where the signature alone is missing', () => {
    const part = (json: object) => Buffer.from(JSON.stringify(json)).toString('base64url');
    const value = `${part({ alg: 'RS256' })}.${part({ iss: 'https://id.test', iat: 1_700_000_000, email: 'a@b.test' })}`;
    expect(recognise({ name: null, value }).reading).toMatchObject({
      claims: { iss: 'https://id.test' },
      issuedAt: 1_700_000_000,
      problems: ['truncated'],
    });
  });

  it('is no header that somebody forgot to sign', () => {
    const header = Buffer.from('{"alg":"RS256","typ":"JWT"}').toString('base64url');
    expect(recognise({ name: null, value: header }).reading.problems).toEqual(['truncated']);
  });

  it.each([
    ['a signature that lost its end', `BAh7CEkiD3Nlc3Npb25faWQ=--${'a1'.repeat(12)}`, 'rails-signed'],
    ['a tag that lost its end', `${'QUJD'.repeat(20)}--YWJjZGVmZ2hpamts--YWJj`, 'rails-encrypted-gcm'],
    ['a session id that lost its signature', 's:abcdefghijklmnopqrstuvwxyz012345.c2ln', 'cookie-signature'],
    ['what zlib packed, its signature short', `.eJw${'a'.repeat(30)}:1rP2fb:abcdef`, 'django-signed'],
  ])('%s', (_, value, format) => {
    expect(recognise({ name: 'x', value }).reading).toMatchObject({ format, problems: ['truncated'] });
  });

  it.each(['s:abc', 'BAhello', 'eyJ', 'CfDJ8', 's:theme-dark', 'gAAAA', '2|1:0'])('%j is none', (value) => {
    expect(recognise({ name: 'x', value }).reading.problems).toEqual([]);
  });
});

describe('a name and what Django or Flask compressed', () => {
  const value = `.eJxVjEEOwiAQRe_C2hAYKFCX7nsGMjCDVA0kpV0Z765NutDtf-_9lwi4byXsndewkLgKEJffLWJ6cj0APbDem0ytbusS5aHIk3Y5NeLX7XT_Dgr28q2V05EzQTJoYDQ6OaM8:1rP2fb:${'b'.repeat(43)}`;
  it.each(['sessionid', 'session'])('%s=… is a cookie, not a token that ends in padding', (name) => {
    expect(readLine(`${name}=${value}`)).toMatchObject({ tokens: [], cookies: [[name, value]] });
  });
});
