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
  const came = { twice: true, ...(text.startsWith('Set') && { set: true }) };
  expect(await samplesOf(text)).toEqual([
    { name: 's', value: 'one', companion: '1', ...came },
    { name: 's', value: 'two', companion: '2', ...came },
  ]);
});

test('of a cookie that comes more often than its signature, only the first is paired', async () => {
  expect(await samplesOf('Cookie: s=one; s=two; s.sig=1\n')).toEqual([
    { name: 's', value: 'one', companion: '1', twice: true },
    { name: 's', value: 'two', twice: true },
  ]);
});

describe('a series of chunks that comes more than once in one jar', () => {
  const AB = { name: 't', value: 'a0a1', chunks: 2 };
  const CD = { name: 't', value: 'b0b1', chunks: 2 };
  test.each([
    ['one after the other', 't.0=a0; t.1=a1; t.0=b0; t.1=b1', [AB, CD]],
    ['grouped by name', 't.0=a0; t.0=b0; t.1=a1; t.1=b1', [AB, CD]],
    ['with something between', 't.1=a1; x=1; t.0=a0; t.0=b0; t.1=b1', [AB, { name: 'x', value: '1' }, CD]],
    ['the second shorter', 't.0=a0; t.1=a1; t.0=b0', [AB, { name: 't', value: 'b0', chunks: 1 }]],
    [
      'the second without its first',
      't.0=a0; t.1=a1; t.1=b1',
      [AB, { name: 't', value: 'b1', chunks: 1, gap: true }],
    ],
    [
      'announced',
      'a=chunks-2; aC1=1; aC2=2; a=chunks-2; aC1=3; aC2=4',
      [
        { name: 'a', value: '12', chunks: 2 },
        { name: 'a', value: '34', chunks: 2 },
      ],
    ],
    [
      'announced, and fewer than announced',
      'a=chunks-2; aC1=1; aC2=2; a=chunks-2; aC1=3',
      [
        { name: 'a', value: '12', chunks: 2 },
        { name: 'a', value: '3', chunks: 1, gap: true },
      ],
    ],
  ])('%s', async (_, cookies, wanted) => {
    expect(await samplesOf(`Cookie: ${cookies}\n`)).toEqual(wanted);
    const lines = cookies.split('; ').map((one) => `Set-Cookie: ${one}; Path=/`);
    const set = wanted.map((one) => ({ ...one, set: true }));
    expect(await samplesOf(lines.join('\n'))).toEqual(set);
  });
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

describe('a log of any size is read to its end, a line at a time', () => {
  async function* logOf(first: string, line: string): AsyncGenerator<Buffer> {
    yield Buffer.from(first.slice(0, 65_536));
    yield Buffer.from(`${first.slice(65_536)}\n`);
    const chunk = Buffer.from(`${line}\n`.repeat(Math.ceil(1_048_576 / (line.length + 1))));
    for (let megabytes = 0; megabytes < 66; megabytes++) yield chunk;
  }
  const padding = 'x'.repeat(8000);
  const PHRASE = '[2026-11-21 03:00:00] production.INFO: a request';
  const ENTRY = JSON.stringify({ id: 1, req: { headers: { cookie: 's=later' }, url: `/${padding}` } });
  test.each([
    [
      'lines that begin with a time in brackets',
      PHRASE,
      `${PHRASE} with Authorization: Bearer eyJhbGciOiJub25lIn0.e30. ${padding}`,
    ],
    ['JSON of which the first line is long', JSON.stringify({ id: 0, body: 'x'.repeat(100_000) }), ENTRY],
  ])('%s', async (_, first, line) => {
    let count = 0;
    let largest = 0;
    for await (const batch of readSamples(logOf(first, line))) {
      count += batch.length;
      largest = Math.max(largest, batch.length);
    }
    expect(count).toBe(66 * Math.ceil(1_048_576 / (line.length + 1)));
    expect(largest).toBeLessThan(1000);
  });

  test('a document of one line and its newline is one yet', async () => {
    const cookies = [{ name: 's', value: 'v', domain: 'a.test', path: '/', note: 'x'.repeat(100_000) }];
    expect(await samplesOf(`${JSON.stringify({ cookies, origins: [] })}\n\n`)).toEqual([
      { name: 's', value: 'v' },
    ]);
  });

  test.each(['[ {"name":"s","value":"v"} ]', '[\n{"name":"s","value":"v"}\n]', '["s=v; t=w"]'])(
    'a JSON list is one yet: %s',
    async (text) => {
      expect((await samplesOf(text)).length).toBe(1);
    },
  );
});

test.each(['utf16le', 'utf16be'])('%s is read wherever its chunks are cut', async (encoding) => {
  const wide = Buffer.from('\uFEFFCookie: s=vé; t=€\nCookie: s=w\n', 'utf16le');
  const bytes = encoding === 'utf16be' ? wide.swap16() : wide;
  for (let size = 3; size < 10; size++) {
    async function* chunks() {
      for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
    }
    const all = [];
    for await (const batch of readSamples(chunks())) all.push(...batch);
    expect(all).toEqual([
      { name: 's', value: 'vé' },
      { name: 't', value: '€' },
      { name: 's', value: 'w' },
    ]);
  }
});
