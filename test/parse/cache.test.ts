import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAffinityCookie, isEdgeCookie } from '../../src/parse/affinity.ts';
import { parseCacheControl, sharedStorage } from '../../src/parse/cache-control.ts';
import { ageOf, cacheSigns, hits } from '../../src/parse/cache-status.ts';

const words = (headers: Record<string, string>) => cacheSigns(headers).map(({ word }) => word);

describe('cache status', () => {
  it.each([
    [
      'RFC 9211 hit',
      { 'cache-status': 'OriginCache; hit; ttl=1100, "CDN Company, Here"; fwd=uri-miss' },
      'hit',
    ],
    ['RFC 9211 miss', { 'cache-status': 'ExampleCache; fwd=uri-miss; stored' }, 'miss'],
    ['RFC 9211 bypass', { 'cache-status': 'ExampleCache; fwd=bypass; detail="hit; hit"' }, 'bypass'],
    ['nginx', { 'x-cache-status': 'HIT' }, 'hit'],
    ['nginx stale', { 'x-proxy-cache': 'UPDATING' }, 'hit'],
    ['nginx expired is fetched anew', { 'x-cache-status': 'EXPIRED' }, 'miss'],
    ['Varnish, two ids', { 'x-varnish': '32770 3' }, 'hit'],
    ['Varnish, one id', { 'x-varnish': '32770' }, 'miss'],
    ['Squid', { 'x-cache': 'HIT from edge.test' }, 'hit'],
    ['Squid miss', { 'x-cache': 'MISS from edge.test' }, 'miss'],
    ['Cloudflare', { 'cf-cache-status': 'HIT' }, 'hit'],
    ['Cloudflare dynamic', { 'cf-cache-status': 'DYNAMIC' }, 'bypass'],
    ['CloudFront', { 'x-cache': 'Hit from cloudfront' }, 'hit'],
    ['CloudFront refresh', { 'x-cache': 'RefreshHit from cloudfront' }, 'hit'],
    ['CloudFront miss', { 'x-cache': 'Miss from cloudfront' }, 'miss'],
    ['Fastly, shield and edge', { 'x-cache': 'MISS, HIT' }, 'hit'],
    [
      'Akamai',
      { 'x-cache': 'TCP_MEM_HIT from a23-1-2-3.deploy.akamaitechnologies.com (AkamaiGHost/11)' },
      'hit',
    ],
    ['Akamai miss', { 'x-cache': 'TCP_MISS from a23-1-2-3 (AkamaiGHost)' }, 'miss'],
    ['Vercel', { 'x-vercel-cache': 'PRERENDER' }, 'hit'],
    ['Age', { age: '12' }, 'hit'],
  ])('%s', (_name, headers, word) => {
    expect(words(headers)).toEqual([word]);
  });

  it.each([
    ['nothing', {}],
    ['Age 0', { age: '0' }],
    ['an Age that is no number', { age: 'old' }],
    ['a host whose name holds HIT', { 'x-cache': 'from whitby.example' }],
  ])('%s proves nothing', (_name, headers) => {
    expect(hits(headers)).toEqual([]);
  });

  it('counts Fastly’s hits', () => {
    expect(hits({ 'x-cache-hits': '0, 3' })).toHaveLength(1);
    expect(hits({ 'x-cache-hits': '0, 0' })).toEqual([]);
  });

  it('survives anything', () => {
    const names = ['cache-status', 'x-cache', 'x-varnish', 'x-cache-hits', 'age', 'cf-cache-status'];
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), fc.string({ unit: 'binary' })), (headers) => {
        for (const { said } of cacheSigns(headers)) expect(said.length).toBeLessThan(120);
        const age = ageOf(headers);
        expect(age === undefined || age >= 0).toBe(true);
      }),
    );
  });
});

describe('what a shared cache may store', () => {
  it.each([
    [200, {}, 'untold'],
    [302, {}, 'no'],
    [302, { 'cache-control': 'max-age=60' }, 'told'],
    [200, { 'cache-control': 'private, max-age=60' }, 'no'],
    [200, { 'cache-control': 'no-store' }, 'no'],
    [200, { 'cache-control': 'No-Cache' }, 'no'],
    [200, { 'cache-control': 'public' }, 'told'],
    [200, { 'cache-control': 's-maxage=0, max-age=60' }, 'no'],
    [200, { 'cache-control': 'private="Set-Cookie", max-age=60' }, 'told'],
    [200, { 'cache-control': 'private', 'cdn-cache-control': 'max-age=600' }, 'told'],
    [200, { expires: 'Thu, 01 Jan 2026 00:01:00 GMT', date: 'Thu, 01 Jan 2026 00:00:00 GMT' }, 'told'],
    [200, { expires: '0' }, 'no'],
  ] as const)('%s %j: %s', (status, headers, expected) => {
    expect(sharedStorage(status, headers)).toBe(expected);
  });

  it('reads directives in any case, quoted or not, the first of each', () => {
    const found = parseCacheControl('Max-Age="60", no-cache="a, b", max-age=5, ,x');
    expect([...found]).toEqual([
      ['max-age', '60'],
      ['no-cache', 'a, b'],
      ['x', ''],
    ]);
  });

  it('survives anything', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 100, max: 599 }), (text, status) => {
        expect(['no', 'told', 'untold']).toContain(sharedStorage(status, { 'cache-control': text }));
      }),
    );
  });
});

describe('cookies of balancers and shields', () => {
  it.each([
    'AWSALB',
    'AWSALBCORS',
    'ARRAffinity',
    'BIGipServerpool_http',
    'SERVERID',
    'GCLB',
    'INGRESSCOOKIE',
  ])('%s says which instance', (name) => expect(isAffinityCookie(name)).toBe(true));
  it.each(['__cf_bm', '_cfuvid', 'ak_bmsc', 'incap_ses_123_456'])('%s is the edge’s own', (name) =>
    expect(isEdgeCookie(name)).toBe(true),
  );
  it.each(['sid', 'connect.sid', 'session', 'JSESSIONID', 'laravel_session', '_app_session'])(
    '%s may hold a session',
    (name) => {
      expect(isAffinityCookie(name)).toBe(false);
      expect(isEdgeCookie(name)).toBe(false);
    },
  );
});
