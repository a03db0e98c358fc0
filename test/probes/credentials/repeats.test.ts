import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { Secret } from '../../../src/config/secret.ts';
import { recognise } from '../../../src/formats/index.ts';
import { type Key, secretKey } from '../../../src/formats/keys.ts';
import { JwsBytes } from '../../../src/formats/jws-bytes.ts';
import type { Carried } from '../../../src/parse/carried.ts';
import { readSamples } from '../../../src/parse/samples.ts';
import { CheckerThreads } from '../../../src/probes/credentials/checker-threads.ts';
import { emptyChecks, fittingOf, put, textOf } from '../../../src/probes/credentials/checks.ts';
import { type Population, PopulationBuilder } from '../../../src/probes/credentials/population.ts';
import { Repeats } from '../../../src/probes/credentials/repeats.ts';
import { verdictOf } from '../../../src/probes/credentials/verdict.ts';

const part = (text: string) => Buffer.from(text).toString('base64url');
const SECRETS = ['the-secret-of-the-app-0123456789', 'another-secret-of-the-app-012345'];
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
let keys: readonly Key[] = [];

beforeAll(async () => {
  keys = [
    await secretKey('v2', new Secret(Buffer.from(SECRETS[0] ?? '')), 'current'),
    await secretKey('v1', new Secret(Buffer.from(SECRETS[1] ?? '')), 'previous'),
    {
      name: 'r',
      generation: 'current',
      from: 'jwks',
      materials: [{ how: 'public key', bytes: Buffer.alloc(0), object: rsa.publicKey, kid: 'r' }],
    },
  ];
});

async function* chunksOf(text: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let from = 0; from < text.length; from += size) yield text.subarray(from, from + size);
}

/** The summary of `text`, and how many of its lines were taken as repeats. */
async function summary(
  text: Buffer,
  size: number,
  ring: readonly Key[],
  quick: boolean,
  fewChecks?: number,
): Promise<{ population: Population; took: number }> {
  const builder = new PopulationBuilder();
  const extras = { salts: [] };
  const repeats = new Repeats({
    builder,
    keys: ring,
    extras,
    wanted: () => builder.count < 10,
    ...(fewChecks === undefined ? {} : { fewChecks }),
  });
  let took = 0;
  const taken = (bytes: Buffer, from: number, to: number) => {
    const one = repeats.take(bytes, from, to);
    if (one) took++;
    return one;
  };
  const read = (carried: Carried) => {
    const { reading } = recognise(carried);
    builder.add(carried.name, carried.value.length, reading, verdictOf(reading, ring, extras), () => '');
  };
  const readBack = (values: readonly string[]) => {
    took -= values.length;
    for (const value of values) read({ name: null, value });
  };
  for await (const batch of readSamples(chunksOf(text, size), quick ? { taken } : {})) {
    batch.forEach(read);
    readBack(await repeats.back());
  }
  readBack(await repeats.rest());
  await repeats.close();
  return { population: builder.done([]), took };
}

const HEADS = [
  '{"alg":"HS256","typ":"JWT"}',
  '{"alg":"HS256","kid":"k1"}',
  '{"alg":"HS256","kid":"k1","alg":"none"}',
  '{"alg":"none"}',
  '{"alg":"RS256","kid":"r"}',
  '{"alg":"dir","enc":"A128GCM"}',
  '{"typ":"JWT"}',
  '{"alg":"HS256"',
];

const scalar = fc.oneof(
  fc.nat(2_000_000_000).map(String),
  fc.constantFrom(
    '0',
    '-1',
    '-0',
    '01',
    '1e9',
    '1.5',
    '1795200000000',
    '1234567890123456',
    'null',
    'true',
    'fals',
  ),
  fc.constantFrom(
    '""',
    '"a"',
    '"a\\/b"',
    '"\\u0061"',
    '"\\x"',
    '"é"',
    '"\ud800"',
    '"a\tb"',
    '"a',
    '"1795200000"',
  ),
);
const value = fc.oneof(
  { weight: 6, arbitrary: scalar },
  fc.array(scalar, { maxLength: 3 }).map((list) => `[${list.join(',')}]`),
  scalar.map((one) => `{"iat":${one}}`),
  fc.constantFrom(
    '[]',
    '{}',
    '[,]',
    '[1,]',
    '{"a"}',
    '[[[]]]',
    '',
    ' 1',
    `${'['.repeat(40)}${']'.repeat(40)}`,
  ),
);
const name = fc.constantFrom(
  'iat',
  'exp',
  'nbf',
  'iss',
  'aud',
  'kid',
  'sub',
  'azp',
  '__proto__',
  'i\\u0061t',
  'i\\/t',
  'abc',
  '',
  'é',
);
const member = fc.tuple(name, value).map(([one, two]) => `"${one}":${two}`);
const wild = fc
  .tuple(fc.array(member, { maxLength: 6 }), fc.constantFrom('', ' ', ',', '}', '\n'))
  .map(([members, end]) => `{${members.join(',')}${end}}`);
const usual = fc
  .record({
    iss: fc.constantFrom('https://id.test', 'https://other.test', ['x']),
    aud: fc.constantFrom('web', ['web', 'api'], undefined),
    iat: fc.integer({ min: 1_795_000_000, max: 1_795_100_000 }),
    lifetime: fc.constantFrom(3600, 30, 0, -5, 400_000_000, 1_795_200_000_000),
  })
  .map(({ lifetime, ...claims }) =>
    JSON.stringify({ ...claims, exp: claims.iat + lifetime, roles: [{ a: 1 }] }),
  );

/** A token of the shape, signed with one of the secrets, with none, or with the RSA key. */
const token = fc
  .tuple(fc.constantFrom(...HEADS), fc.oneof(usual, wild), fc.nat(4))
  .map(([head, payload, who]) => {
    const input = `${part(head)}.${part(payload)}`;
    const signature =
      who === 4
        ? ''
        : head.includes('RS256')
          ? sign('sha256', Buffer.from(input), rsa.privateKey)
          : createHmac('sha256', SECRETS[who] ?? 'unknown')
              .update(input)
              .digest();
    return `${input}.${signature.toString('base64url')}`;
  });
const bent = fc
  .tuple(token, fc.nat(400), fc.string({ unit: 'binary', maxLength: 3 }))
  .map(([one, at, put]) => `${one.slice(0, at)}${put}${one.slice(at + 1)}`);
const line = fc.oneof(
  { weight: 6, arbitrary: token },
  bent,
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '',
    'sid=abcdef0123456789',
    'Cookie: a=1; b=2',
    'Set-Cookie: sid.0=abc',
    'eyJ',
    'eyJ..',
    'eyJ.e30.',
  ),
);

describe('repeats', () => {
  it('give the very summary that reading every line gives', async () => {
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 100, max: 200 }),
        fc.constantFrom('\n', '\r\n'),
        fc.integer({ min: 3000, max: 90_000 }),
        fc.boolean(),
        async (lines, times, newline, size, withKeys) => {
          // The lines again and again, so that their groups settle; first a plain one, so that it is no document.
          const text = Buffer.from(
            `plain-first-line-0123456789${newline}${Array(times).fill(lines.join(newline)).join(newline)}`,
          );
          const ring = withKeys ? keys : [];
          const quick = await summary(text, size, ring, true);
          const whole = await summary(text, size, ring, false);
          expect(quick.population).toEqual(whole.population);
          taken += quick.took;
        },
      ),
      { numRuns: 120 },
    );
    expect(taken).toBeGreaterThan(100);
  });

  it('give the same summary when threads check the signatures, in any order of the kinds', async () => {
    const mixed = (population: Population) =>
      [...population.groups].sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(token, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 200, max: 900 }),
        fc.constantFrom(0, 50),
        async (lines, times, fewChecks) => {
          const text = Buffer.from(
            `plain-first-line-0123456789\n${Array(times).fill(lines.join('\n')).join('\n')}`,
          );
          const bulk = await summary(text, 70_000, keys, true, fewChecks);
          const whole = await summary(text, 70_000, keys, false);
          expect(mixed(bulk.population)).toEqual(mixed(whole.population));
          taken += bulk.took;
        },
      ),
      { numRuns: 15 },
    );
    expect(taken).toBeGreaterThan(100);
  });

  it('that threads cannot check are checked here', async () => {
    const threads = new CheckerThreads();
    const input = `${part('{"alg":"RS256"}')}.${part('{"iat":1}')}`;
    const text = (key: KeyObject) =>
      `${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}`;
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const checks = emptyChecks();
    const kind = { alg: 'RS256', materials: keys[2]?.materials ?? [] };
    for (const one of [text(rsa.privateKey), text(other.privateKey)])
      put(checks, kind, Buffer.from(one), 0, input.length + 1, one.length);
    const asked = threads.check(checks);
    await threads.close();
    await asked;
    expect([fittingOf(checks, 0), fittingOf(checks, 1)]).toEqual([0, 1]);
    await threads.check({ ...checks, count: 1 });
    expect(textOf(checks, 0)).toBe(text(rsa.privateKey));
  });

  it('are checked with the keys one by one, however alike they are', async () => {
    const input = (iat: number) => `${part('{"alg":"HS256"}')}.${part(`{"iat":${iat},"exp":${iat + 100}}`)}`;
    const signed = (iat: number, key: string) =>
      `${input(iat)}.${createHmac('sha256', key).update(input(iat)).digest('base64url')}`;
    const lines = Array.from({ length: 3000 }, (_, index) =>
      signed(index, index % 3 === 2 ? 'unknown' : (SECRETS[index % 3] ?? '')),
    );
    const { population, took } = await summary(Buffer.from(lines.join('\n')), 70_000, keys, true);
    expect(population.groups.map((one) => [one.verified, one.key, one.count])).toEqual([
      ['current', 'v2', 1000],
      ['previous', 'v1', 1000],
      ['no', null, 1000],
    ]);
    expect(population.groups[0]?.issued).toEqual([0, 2997]);
    expect(took).toBeGreaterThan(1000);
  });
});

describe('a JWS as bytes', () => {
  const jws = new JwsBytes();
  const read = (text: string) => jws.read(Buffer.from(text), 0, Buffer.byteLength(text));

  it('is accepted only where recognition reads an object with the same times', () => {
    let accepted = 0;
    fc.assert(
      fc.property(fc.oneof(token, bent), (text) => {
        if (!read(text)) return;
        accepted++;
        const { iat, exp } = jws;
        const { reading } = recognise({ name: null, value: text });
        if (reading.format !== 'jws') {
          // The header is the caller's to know: with a payload beyond doubt, it is no JWS either.
          const other = recognise({ name: null, value: `${text.slice(0, jws.headEnd)}.e30.AAAA` });
          expect(other.reading.format).not.toBe('jws');
          return;
        }
        if (reading.serializer !== 'json') {
          // So is a damaged header, which leaves any payload unread: such a kind is never settled.
          const other = recognise({ name: null, value: `${text.slice(0, jws.headEnd)}.e30.AAAA` });
          expect(other.reading.serializer).toBeUndefined();
          return;
        }
        expect([reading.claims?.iat ?? -1, reading.claims?.exp ?? -1]).toEqual([iat, exp]);
        expect(reading.problems).not.toContain('time-not-a-number');
      }),
      { numRuns: 3000 },
    );
    expect(accepted).toBeGreaterThan(500);
  });

  it.each([
    ['no usual member', '{}'],
    ['nested members', '{"iat":1,"exp":2,"realm":{"roles":["a",{"iat":"x"}],"b":null},"on":true}'],
    ['escaped slashes', '{"iss":"https:\\/\\/id.test","iat":1}'],
  ])('is accepted with %s', (_, payload) => {
    expect(read(`${part('{"alg":"HS256"}')}.${part(payload)}.AAAA`)).toBe(true);
  });

  it.each([
    ['a member twice', '{"iat":1,"iat":2}'],
    ['a name spelt with \\u', '{"i\\u0061t":1}'],
    ['a time that is text', '{"exp":"1"}'],
    ['a fraction', '{"exp":1.5}'],
    ['a blank', '{"exp": 1}'],
    ['something behind it', '{"exp":1}}'],
    ['a list', '[1]'],
  ])('is refused with %s', (_, payload) => {
    expect(read(`${part('{"alg":"HS256"}')}.${part(payload)}.AAAA`)).toBe(false);
  });
});
