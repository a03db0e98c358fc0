import { describe, expect, it } from 'vitest';
import { readCapture } from '../../src/browser/read-capture.ts';
import { compare } from '../../src/browser/compare.ts';
import { parseSetCookie } from '../../src/parse/set-cookie.ts';
import { openMasker } from './masker.ts';
import { expandLines, recordedAt, type Row, rows } from './matrix.ts';

/** A cookie as somebody writes it by hand who knows the line. */
const listed = (line: string, told: 'value' | 'fields') => {
  const { name, value, attributes } = parseSetCookie(line);
  const flags = Object.fromEntries(
    attributes.map(([key, text]) => [
      key.toLowerCase(),
      /^(?:secure|httponly|partitioned)$/i.test(key) ? true : text,
    ]),
  );
  return {
    name,
    value: { fingerprint: openMasker.fingerprint(value), length: Buffer.byteLength(value), format: 'text' },
    ...(told === 'fields' && flags),
  };
};
const masked = (line: string) => line.replace(/=[^;]*/, '=***');

const STYLES: Readonly<
  Record<string, (lines: readonly string[]) => { readonly headers: unknown; readonly cookies: unknown }>
> = {
  'lines with values': (lines) => ({ headers: lines.map((line) => ['Set-Cookie', line]), cookies: [] }),
  'lines with values, and a list without attributes': (lines) => ({
    headers: lines.map((line) => ['Set-Cookie', line]),
    cookies: lines.map((line) => listed(line, 'value')),
  }),
  'masked lines and a list': (lines) => ({
    headers: lines.map((line) => ['Set-Cookie', masked(line)]),
    cookies: lines.map((line) => listed(line, 'value')),
  }),
  'a list alone': (lines) => ({ headers: [], cookies: lines.map((line) => listed(line, 'fields')) }),
};

const read = (step: Row['before'], style: (typeof STYLES)[string]) => {
  const { headers, cookies } = style(expandLines(step.setCookie));
  const text = JSON.stringify({
    schema: 'sessdoctor.capture/1',
    takenAt: new Date(recordedAt).toISOString(),
    responses: [
      {
        url: step.url,
        status: 200,
        date: step.noDate ? null : new Date(recordedAt + (step.dateHeaderOffsetMs ?? 0)).toISOString(),
        headers: [...(headers as unknown[]), ...Object.entries(step.extraHeaders ?? {})],
        cookies,
      },
    ],
  });
  return { sources: [], responses: readCapture(text, openMasker)?.responses ?? [] };
};

const generations = (header: string | null | undefined) =>
  (header ?? '')
    .split('; ')
    .filter(Boolean)
    .map((pair) => (pair.endsWith('=OLD') ? 'before' : 'after'));

/** Rows that tell generations by their values. */
const told = rows.filter(({ id }) => !['K3', 'K4', 'U3', 'Z7', 'Z10'].includes(id));
/** A list has one Domain, and a mask hides the control character in a value. */
const untold: Readonly<Record<string, readonly string[]>> = {
  'a list alone': ['D15', 'Z4'],
  'masked lines and a list': ['Z4'],
};

describe.each(Object.entries(STYLES))('captures by hand: %s', (title, style) => {
  it.each(told.filter(({ id }) => !untold[title]?.includes(id)).map((row) => [row.id, row]))(
    '%s as in Chromium',
    (_id, row) => {
      const urls = Object.keys(row.phases['phase1'] ?? {});
      const found = compare(read(row.before, style), read(row.after, style), { urls, now: recordedAt });
      for (const [phase, name] of [
        ['phase1', 'arriving'],
        ['phase2', 'afterSetCookie'],
      ] as const)
        for (const [url, sent] of Object.entries(row.phases[phase] ?? {}))
          expect([phase, url, found.sends.find((send) => send.url === url)?.[name]]).toEqual([
            phase,
            url,
            generations(sent.chromium),
          ]);
    },
  );
});

it('what cannot be told to be equal is a new value', () => {
  const capture = (line: string) => ({
    sources: [],
    responses:
      readCapture(
        JSON.stringify({
          schema: 'sessdoctor.capture/1',
          responses: [{ url: 'https://www.example.com/', status: 200, headers: [['set-cookie', line]] }],
        }),
        openMasker,
      )?.responses ?? [],
  });
  const url = 'https://www.example.com/';
  const line = 'sid=<redacted>; Path=/';
  const found = compare(capture(line), capture(line), { urls: [url], now: recordedAt });
  expect(found.sends.find((send) => send.url === url)?.afterSetCookie).toEqual(['after']);
});

describe('a capture that somebody wrote', () => {
  const response = (more: object) =>
    JSON.stringify({
      schema: 'sessdoctor.capture/1',
      responses: [{ url: 'https://www.example.com/login', ...more }],
    });
  const many = Array.from({ length: 1500 }, (_, index) => `c${index}=1; Path=/`);

  it.each([
    ['lines', { headers: [...many, 'app=1; Path=/', 'sid=2; Path=/'].map((line) => ['Set-Cookie', line]) }],
    [
      'a list',
      { cookies: [...many, 'app=1', 'sid=2'].map((line) => ({ name: line.split('=')[0], value: '1' })) },
    ],
  ])('with too many cookies as %s keeps those that matter, and says that it was cut', (_form, more) => {
    const read = readCapture(response(more), openMasker, ['app']);
    const names = read?.responses[0]?.cookies.map(({ name }) => name);
    expect(read?.cut).toBe(true);
    expect(names).toHaveLength(1000);
    expect(names).toEqual(expect.arrayContaining(['app', 'sid', 'c0']));
  });

  it.each([
    ['headers as an object', { headers: { 'Set-Cookie': ['sid=1; Path=/app', 'b=2'] } }],
    ['headers as names and values', { headers: [{ name: 'set-cookie', value: 'sid=1; Path=/app' }] }],
    ['cookies as lines', { cookies: ['sid=1; Path=/app', 'b=2'] }],
  ])('is read with %s', (_form, more) => {
    const [cookie] = readCapture(response(more), openMasker)?.responses[0]?.cookies ?? [];
    expect(cookie).toMatchObject({ name: 'sid', bytes: 4, attributes: [['Path', '/app']] });
  });

  it('keeps no header, value or shape that may be a secret', () => {
    const secret = 'opaque-0123456789-abcdef';
    const text = JSON.stringify(
      readCapture(
        response({
          headers: [
            ['Authorization', `Bearer ${secret}`],
            ['X-Session', secret],
            ['Location', `https://www.example.com/home?ticket=${secret}`],
          ],
          sent: { bytes: 30, pairs: [['sid', secret]] },
          cookies: [{ name: 'sid', value: { fingerprint: secret, length: 24, format: secret } }],
        }),
        openMasker,
      ),
    );
    expect(text).not.toContain(secret);
    expect(text).toContain('https://www.example.com/home');
  });
});
