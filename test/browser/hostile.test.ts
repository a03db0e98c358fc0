import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compare } from '../../src/browser/compare.ts';
import { toCapture } from '../../src/browser/capture.ts';
import { readCapture } from '../../src/browser/read-capture.ts';
import { responsesFrom } from '../../src/browser/deploy.ts';
import { chromium } from '../../src/browser/engines.ts';
import { restoreDeploy } from '../../src/browser/restore.ts';
import { SITE_QUOTA } from '../../src/browser/quota.ts';
import { CookieStore } from '../../src/browser/store.ts';
import { storyOf } from '../../src/browser/story.ts';
import { parseSetCookie } from '../../src/parse/set-cookie.ts';
import { diffRenderers } from '../../src/render/diff.ts';
import { openMasker } from './masker.ts';

const ATTRIBUTES =
  'Secure|HttpOnly|Partitioned|Path=/|Path=/app|Path=app|Domain=.example.com|Domain=www.example.com|Domain=com|Domain=|Domain=[::1]|Domain=\u00e9.com|Max-Age=0|Max-Age=-1|Max-Age=99999999999999999999|Max-Age=1d|Expires=Thu, 01 Jan 1970 00:00:00 GMT|Expires=Fri, 31 Dec 9999 23:59:59 GMT|SameSite=None|SameSite=Strict|SameSite=x';
const attribute = fc.oneof(fc.constantFrom(...ATTRIBUTES.split('|')), fc.string({ maxLength: 40 }));
const line = fc
  .tuple(
    fc.oneof(fc.constantFrom('sid', '__Host-sid', '__secure-x', ''), fc.string({ maxLength: 12 })),
    fc.string({ maxLength: 20 }),
    fc.array(attribute, { maxLength: 5 }),
  )
  .map(([name, value, attributes]) => [`${name}=${value}`, ...attributes].join('; '));
const url = fc.constantFrom(
  'https://www.example.com/app/login',
  'http://www.example.com/',
  'https://127.0.0.1:8443/x',
  'http://[::1]/',
  'https://com/',
  'http://localhost/a/b',
  null,
);
const exchange = fc.record({
  url,
  method: fc.constant('GET'),
  request: fc.constant([] as const),
  status: fc.constant(200),
  startedAt: fc.constantFrom(1_790_000_000_000, null),
  response: fc
    .array(line, { maxLength: 4 })
    .map((lines) => lines.map((text) => ['Set-Cookie', text] as const)),
});
const deploy = fc
  .array(exchange, { maxLength: 3 })
  .map((exchanges) => ({ sources: [], responses: responsesFrom(exchanges, openMasker).responses }));

describe('whatever two deploys send', () => {
  it('they can be compared, told and rendered', () => {
    fc.assert(
      fc.property(deploy, deploy, (before, after) => {
        const comparison = compare(before, after, {
          urls: ['https://www.example.com/'],
          now: 1_790_000_000_000,
        });
        for (const cookie of comparison.cookies) expect(storyOf(cookie).headline).not.toBe('');
        for (const render of Object.values(diffRenderers)) {
          const text = render(
            { before: [], after: [], doubled: [], comparison },
            { width: 80, colorLevel: 0 },
          );
          expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('the same deploy twice changes nothing and loops nowhere', () => {
    fc.assert(
      fc.property(deploy, (same) => {
        const { cookies } = compare(same, same, { urls: [], now: 1_790_000_000_000 });
        for (const cookie of cookies) {
          expect(['unchanged', 'rejected', 'deleted']).toContain(cookie.outcome);
          expect(cookie.changes).toEqual([]);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('a capture read back is the deploy that was captured', () => {
    fc.assert(
      fc.property(deploy, ({ responses }) => {
        const text = JSON.stringify(toCapture(responses, 1_790_000_000_000));
        const back = readCapture(text, openMasker)?.responses.map(({ cookies }) => cookies);
        expect(back).toEqual(responses.map(({ cookies }) => cookies));
      }),
    );
  });
});

describe('a store', () => {
  it('never holds more than the quota of one site, nor two cookies of one key', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 20 }), fc.nat({ max: 400 }), (lines, more) => {
        const store = new CookieStore(chromium);
        const arrival = { url: new URL('https://www.example.com/a'), now: 1_790_000_000_000, date: null };
        for (let index = 0; index < more; index++) store.receive(parseSetCookie(`c${index}=1`), arrival);
        for (const text of lines) store.receive(parseSetCookie(text), arrival);
        const held = store.cookies();
        expect(held.length).toBeLessThanOrEqual(SITE_QUOTA);
        const keys = held.map(({ name, domain, hostOnly, path, partition }) =>
          JSON.stringify([name, domain, hostOnly, path, partition]),
        );
        expect(new Set(keys).size).toBe(keys.length);
      }),
      { numRuns: 60 },
    );
  });

  it('sends with a POST from another site for two minutes only, when SameSite is not given', () => {
    const store = new CookieStore(chromium);
    const at = new URL('https://www.example.com/');
    store.receive(parseSetCookie('sid=1'), { url: at, now: 0, date: null });
    expect(store.send(at, 119_000, 'post')).toHaveLength(1);
    expect(store.send(at, 121_000, 'post')).toHaveLength(0);
    expect(store.send(at, 121_000, 'link')).toHaveLength(1);
    expect(store.send(at, 1000, 'embedded')).toHaveLength(0);
  });
});

describe('a saved observation', () => {
  it('is read as far as it can be', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const restored = restoreDeploy(value) ?? { sources: [], responses: [] };
        expect(() => compare(restored, restored, { urls: [], now: 0 })).not.toThrow();
      }),
    );
    const odd = {
      responses: [{ url: 'https://<redacted:1a2b3c4d>/', cookies: [{ name: 'sid', attributes: [[7]] }] }],
    };
    expect(restoreDeploy(odd)?.responses[0]).toMatchObject({
      url: null,
      cookies: [{ name: 'sid', bytes: 0 }],
    });
  });
});
