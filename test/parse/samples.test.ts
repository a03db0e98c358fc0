import { describe, expect, test } from 'vitest';
import { readSamples } from '../../src/parse/samples.ts';

/** Two sites in one browser: the same cookie names, one of them signed beside, one in chunks of another number. */
const COOKIES = [
  ['a.test', 'session', 'of-a'],
  ['b.test', 'session', 'of-b'],
  ['b.test', 'session.sig', 'sig-of-b'],
  ['a.test', 'token.0', 'a0'],
  ['b.test', 'token.0', 'b0'],
  ['b.test', 'token.1', 'b1'],
] as const;

const table = COOKIES.map(([domain, name, value]) => [domain, name, value]);
const FORMS = {
  'cookies.txt': `# Netscape HTTP Cookie File\n\n${table
    .map(([domain, name, value]) => `#HttpOnly_${domain}\tFALSE\t/\tTRUE\t0\t${name}\t${value}\n`)
    .join('')}`,
  storageState: JSON.stringify({
    cookies: table.map(([domain, name, value]) => ({ name, value, domain, path: '/', expires: -1 })),
    origins: [],
  }),
  'a list of cookies': JSON.stringify(table.map(([domain, name, value]) => ({ name, value, domain }))),
  'the browser’s table': table
    .map(([domain, name, value]) => `${name}\t${value}\t${domain}\t/\tSession\t20\n`)
    .join(''),
};

async function samplesOf(text: string) {
  async function* chunks() {
    yield Buffer.from(text);
  }
  const all = [];
  for await (const batch of readSamples(chunks())) all.push(...batch);
  return all;
}

test.each([
  ['one request after a change of Domain', 'Cookie: s=one; s.sig=1; s=two; s.sig=2\n'],
  ['the same, grouped by name', 'Cookie: s=one; s=two; s.sig=1; s.sig=2\n'],
  [
    'several answers without a blank line',
    'Set-Cookie: s=one\nSet-Cookie: s.sig=1\nSet-Cookie: s=two\nSet-Cookie: s.sig=2\n',
  ],
])('a cookie that comes twice keeps its own signature: %s', async (_, text) => {
  expect(await samplesOf(text)).toEqual([
    { name: 's', value: 'one', companion: '1' },
    { name: 's', value: 'two', companion: '2' },
  ]);
});

test('of a cookie that comes more often than its signature, only the first is paired', async () => {
  expect(await samplesOf('Cookie: s=one; s=two; s.sig=1\n')).toEqual([
    { name: 's', value: 'one', companion: '1' },
    { name: 's', value: 'two' },
  ]);
});

describe('a jar of several hosts', () => {
  test.each(Object.entries(FORMS))('%s: chunks and signatures never cross hosts', async (_, text) => {
    expect(await samplesOf(text)).toEqual([
      { name: 'session', value: 'of-a' },
      { name: 'token', value: 'a0', chunks: 1 },
      { name: 'session', value: 'of-b', companion: 'sig-of-b' },
      { name: 'token', value: 'b0b1', chunks: 2 },
    ]);
  });
});
