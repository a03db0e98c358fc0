import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../src/config/secret.ts';
import { formats, recognise } from '../../src/formats/index.ts';
import { secretKey } from '../../src/formats/keys.ts';
import { carriedCookies } from '../../src/parse/carried.ts';
import { readLine } from '../../src/parse/carried-line.ts';
import { readSamples } from '../../src/parse/samples.ts';
import { verdictOf } from '../../src/probes/credentials/verdict.ts';
import { carriedOf, samples } from './samples.ts';

const ids = new Set([...formats.flatMap((format) => format.ids), 'opaque', 'plain']);
const real = samples.filter((sample) => sample.file !== 'decoys').map(carriedOf);
const carried = fc.record({
  name: fc.option(fc.string({ maxLength: 20 })),
  value: fc.string({ unit: 'binary', maxLength: 600 }),
});
/** A real credential with bytes changed, cut, doubled or joined: what fuzzing reaches deepest with. */
const bent = fc
  .tuple(
    fc.constantFrom(...real),
    fc.nat(2000),
    fc.nat(2000),
    fc.string({ maxLength: 8 }),
    fc.constantFrom(...real),
  )
  .map(([one, from, length, put, other]) => ({
    ...one,
    value: `${one.value.slice(0, from)}${put}${one.value.slice(from + (length % 40))}${length % 7 === 0 ? other.value : ''}`,
  }));

describe('recognition', () => {
  it('gives every byte string one known format and never throws', async () => {
    const key = await secretKey('app', new Secret(Buffer.from('a'.repeat(64))), 'current');
    fc.assert(
      fc.property(fc.oneof(carried, bent), (one) => {
        const { reading } = recognise(one);
        expect(ids.has(reading.format)).toBe(true);
        expect(verdictOf(reading, [key], { salts: ['salt'] }).verified).not.toBe('previous');
      }),
      { numRuns: 1500 },
    );
  });

  it('names no format for random ids, except by shapes that it calls shapes', () => {
    const id = fc.oneof(
      fc.uuid(),
      fc.stringMatching(/^[0-9a-f]{32}$/),
      fc.stringMatching(/^[A-Za-z0-9_-]{43}$/),
    );
    fc.assert(
      fc.property(id, (value) => {
        expect(recognise({ name: 'sid', value }).reading.sure).toBe('shape');
      }),
    );
  });

  // A quadratic step over 128 Ki characters would run into the test's time limit.
  it.each([
    'a.',
    'eyJ',
    '--',
    '|',
    ':',
    '%2',
    '\\0',
    '=',
    'Fe26.2*',
    'CfDJ8',
    '"',
    'A',
    '{',
    '!?',
    '. ',
    'a=b; ',
    '-- ',
  ])('comes through a long run of %j', (piece) => {
    const value = piece.repeat(Math.ceil(131_072 / piece.length));
    expect(ids.has(recognise({ name: 'x', value }).reading.format)).toBe(true);
    expect(readLine(value).tokens.length).toBeLessThan(2);
  });

  // Each of these once was tried anew at every piece.
  it.each([
    ['1.1.1.1 - - [x] "GET / HTTP/1.1" "', '\\" '],
    ['x ', '-eyJaaaaaaaa'],
  ])('a line that begins with %j comes through a long run of %j', (start, piece) => {
    expect(readLine(start + piece.repeat(1_048_576 / piece.length))).toMatchObject({
      tokens: [],
      cookies: [],
    });
  });
});

describe('readers', () => {
  it('never throw, whatever a line holds', () => {
    const line = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 400 }),
      bent.map((one) => `Cookie: a=${one.value}; b=${one.value}`),
      fc.json().map((text) => text),
      bent.map((one) => `curl 'https://x' -H 'Cookie: a=${one.value}' -b '${one.value}`),
    );
    fc.assert(
      fc.property(line, (text) => {
        const found = readLine(text);
        for (const token of found.tokens) expect(typeof token).toBe('string');
      }),
      { numRuns: 1000 },
    );
  });

  it('give the same credentials however the bytes are sliced', async () => {
    const text = samples
      .slice(0, 40)
      .map((sample) => `Set-Cookie: ${sample.cookieName ?? 'token'}=${sample.value}\n\n`)
      .join('');
    const read = async (size: number) => {
      async function* slices() {
        const bytes = Buffer.from(text);
        for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
      }
      const all = [];
      for await (const batch of readSamples(slices())) all.push(...batch);
      return all;
    };
    const whole = await read(1 << 20);
    expect(whole.length).toBeGreaterThan(30);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 5000 }), async (size) => {
        expect(await read(size)).toEqual(whole);
      }),
      { numRuns: 15 },
    );
  });

  it('put chunks back together in any order, and leave duplicates alone', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ minLength: 1, maxLength: 9 }), { minLength: 2, maxLength: 12 }),
        fc.constantFrom('.', '__', '_'),
        (parts, mark) => {
          const pairs = parts.map((value, index) => [`token${mark}${index}`, value] as const);
          const [one, ...rest] = carriedCookies(pairs.toReversed());
          expect(rest).toEqual([]);
          expect(one).toEqual({ name: 'token', value: parts.join(''), chunks: parts.length });
        },
      ),
    );
    expect(
      carriedCookies([
        ['sid', 'a'],
        ['sid', 'b'],
      ]),
    ).toEqual([
      { name: 'sid', value: 'a', twice: true },
      { name: 'sid', value: 'b', twice: true },
    ]);
  });
});
