/** What was asked for, what was not looked at for it, and what browsers keep back on the way in. */
import { describe, expect, it } from 'vitest';
import { curlI, runCookies } from '../../support/cookies-run.ts';

type Seen = readonly [url: string, ...setCookies: string[]];

const har = (...entries: readonly Seen[]) =>
  JSON.stringify({
    log: {
      version: '1.2',
      entries: entries.map(([url, ...lines]) => ({
        startedDateTime: '2026-11-21T08:00:00.000Z',
        request: { method: 'GET', url, headers: [] },
        response: { status: 200, headers: lines.map((value) => ({ name: 'Set-Cookie', value })) },
      })),
    },
  });

const APP = 'https://www.example.com/';
const IDP = 'https://login.idp.example/realms/shop/';
const own = (more: string) => `shop=opaque-0123456789abcdef; ${more}; HttpOnly; Secure`;
const theirs = 'AUTH_SESSION_ID=opaque-fedcba9876543210; Path=/realms; HttpOnly; Secure; SameSite=None';
/** A sign-in of which the identity provider answers most. */
const login = (cookie: string) =>
  har([APP, cookie], [`${IDP}auth`, theirs], [`${IDP}a.js`], [`${IDP}b.js`], [`${IDP}c.js`]);

describe('a recording of which most is the identity provider’s', () => {
  const [before, after] = [login(own('Path=/; SameSite=Lax')), login(own('Path=/app; SameSite=Lax'))];

  it('says that the app’s part was not looked at and how to ask for it, and clears nobody', async () => {
    const { findings, slugs, report, verdict } = await runCookies(before, after);
    const told = findings.find(({ code }) => code === 'cookies/beginning-left-out');
    expect(told).toMatchObject({ subject: 'example.com', blind: true, fix: 'ask for it: --cookie shop' });
    expect(slugs).not.toEqual(expect.arrayContaining(['identity-kept', 'accepted']));
    expect(verdict('cookie-identity-changed')).not.toBe('ruled-out');
    expect(report.status).toBe('incomplete');
  });

  it('is looked at where the app’s cookie is named', async () => {
    const { slugs, findings } = await runCookies(before, after, { cookie: ['shop'] });
    expect(slugs).not.toContain('beginning-left-out');
    expect(findings.some(({ subject, code }) => subject === 'shop' && /loop|coexist|path/.test(code))).toBe(
      true,
    );
  });

  it('keeps to the most frequent site where that sets the name as well, and says what to do', async () => {
    const both = (cookie: string) => har([APP, cookie], [`${IDP}auth`, 'shop=other; Path=/'], [`${IDP}a.js`]);
    const { findings } = await runCookies(both(own('Path=/')), both(own('Path=/')), { cookie: ['shop'] });
    expect(findings.find(({ code }) => code === 'cookies/beginning-left-out')?.fix).toBe(
      'that name is set by both sites: keep only the requests of example.com in the recording',
    );
  });

  it('is only told where the visit begins at the app that most answers are of', async () => {
    const visit = har([APP, own('Path=/')], [`${IDP}auth`, theirs], [`${APP}a.js`], [`${APP}b.js`]);
    const { slugs, report } = await runCookies(visit, visit);
    expect(slugs).toEqual(expect.arrayContaining(['site-left-out', 'identity-kept', 'accepted']));
    expect(report.status).toBe('clear');
  });
});

describe('a name that nobody sets', () => {
  const line = own('Path=/; SameSite=Lax');

  it('is not health', async () => {
    const { findings, report } = await runCookies(curlI(line), curlI(line), { cookie: ['NOSUCH'] });
    expect(findings.find(({ code }) => code === 'cookies/no-such-cookie')?.detail).toBe(
      'no response of either side sets NOSUCH, and no request carries it',
    );
    expect(report.status).toBe('incomplete');
  });

  it('beside one that is set is told only', async () => {
    const { slugs, report } = await runCookies(curlI(line), curlI(line), { cookie: ['NOSUCH', 'shop'] });
    expect(slugs).toEqual(expect.arrayContaining(['name-not-set', 'identity-kept']));
    expect(report.status).toBe('clear');
  });
});

describe('SameSite=Strict in place of Lax', () => {
  const strict = own('Path=/; SameSite=Strict');

  it.each([['SameSite=Lax'], ['SameSite=None'], ['Max-Age=3600']])(
    'and %s is possible: who comes from a mail is not signed in',
    async (was) => {
      const { slugs, verdict } = await runCookies(curlI(own(`Path=/; ${was}`)), curlI(strict));
      expect(slugs).toContain('samesite-strict');
      expect(slugs).not.toContain('accepted');
      expect(verdict('cookie-refused')).toBe('possible');
      expect(verdict('cookie-identity-changed')).toBe('ruled-out');
    },
  );

  it('is likely where the recorded sign-in comes back from another site', async () => {
    const visit = (cookie: string) =>
      har([APP, cookie], [`${IDP}auth`, theirs], [`${APP}callback`], [`${APP}a.js`]);
    const { findings, report, verdict } = await runCookies(visit(own('Path=/; SameSite=Lax')), visit(strict));
    expect(findings.find(({ code }) => code === 'cookies/samesite-strict-return')?.detail).toMatch(
      /SameSite lax became strict; .*the recorded idp\.example/i,
    );
    expect(verdict('cookie-refused')).toBe('likely');
    const cause = report.causes.find(({ id }) => id === 'cookie-refused');
    expect(cause?.doNow.join(' ')).toMatch(/set it back to Lax/);
  });

  it('that was strict before is nothing new', async () => {
    const { slugs, verdict } = await runCookies(curlI(strict), curlI(strict));
    expect(slugs).toContain('accepted');
    expect(verdict('cookie-refused')).toBe('ruled-out');
  });
});
