import { describe, expect, it } from 'vitest';
import { chromium, firefox } from '../../src/browser/engines.ts';
import { type Row, play, recordedAt, rows } from './matrix.ts';

/** What a browser sent, by phase and question. */
const sentBy = (row: Row, browser: 'chromium' | 'firefox') =>
  Object.fromEntries(
    Object.entries(row.phases).map(([phase, questions]) => [
      phase,
      Object.fromEntries(
        Object.entries(questions)
          .filter(([, sent]) => browser in sent)
          .map(([question, sent]) => [question, sent[browser]]),
      ),
    ]),
  );

/** Keeps of the answers what the browser was asked. */
const asked = (answers: object, wanted: object) =>
  Object.fromEntries(
    Object.entries(wanted).map(([phase, questions]) => [
      phase,
      Object.fromEntries(
        Object.keys(questions as object).map((question) => [
          question,
          (answers as Record<string, Record<string, unknown>>)[phase]?.[question],
        ]),
      ),
    ]),
  );

describe.each(rows.map((row) => [row.id, row.title, row] as const))('%s %s', (_id, _title, row) => {
  it('sends what Chromium sent, in every phase', () => {
    const { answers } = play(row, chromium);
    expect(answers).toEqual(sentBy(row, 'chromium'));
  });

  it('sends what Firefox sent, in every phase', () => {
    const wanted = sentBy(row, 'firefox');
    expect(asked(play(row, firefox).answers, wanted)).toEqual(wanted);
  });

  it('refuses what Chromium refused, for its reason', () => {
    // Chromium's log gave no reason for T1; that it kept the old cookie is in its phases.
    const logged =
      row.id === 'T1' ? ['InvalidPartitioned'] : row.rejected.chromium.flatMap(({ reasons }) => reasons);
    expect(play(row, chromium).refused).toEqual(logged);
  });
});

// Of Z10's 170 cookies the file keeps no list.
describe.each(rows.filter(({ jarAfter }) => 'chromium' in jarAfter).map((row) => [row.id, row] as const))(
  '%s',
  (_id, row) => {
    it('holds the cookies that Chromium held, with their lifetimes', () => {
      const recorded = 'chromium' in row.jarAfter ? row.jarAfter.chromium : [];
      const { store } = play({ ...row, logout: [] }, chromium);
      const held = store.cookies().map((cookie) => ({
        name: cookie.name,
        value: cookie.value.startsWith('vvv') ? cookie.value.slice(0, 12) : cookie.value,
        domain: cookie.hostOnly ? cookie.domain : `.${cookie.domain}`,
        path: cookie.path,
        secure: cookie.secure,
        httpOnly: cookie.httpOnly,
        sameSite: { strict: 'Strict', lax: 'Lax', none: 'None', unspecified: 'Lax' }[cookie.sameSite],
        lifetime: cookie.expires === null ? 'session' : 'bounded',
      }));
      const wanted = recorded.map(({ expiresIn, ...cookie }) => ({
        ...cookie,
        lifetime: expiresIn === 'session' ? 'session' : 'bounded',
      }));
      const byKey = (cookie: { readonly domain: string; readonly path: string; readonly name: string }) =>
        `${cookie.name} ${cookie.domain} ${cookie.path}`;
      const order = <T extends Parameters<typeof byKey>[0]>(list: readonly T[]) =>
        list.toSorted((a, b) => byKey(a).localeCompare(byKey(b)));
      expect(order(held)).toEqual(order(wanted));
      for (const cookie of recorded) {
        if (cookie.expiresIn === 'session') continue;
        const found = store
          .cookies()
          .find(({ value, path }) => value === cookie.value && path === cookie.path);
        // The browsers were asked up to two minutes after the file's own time.
        expect(Math.abs(((found?.expires ?? 0) - recordedAt) / 1000 - cookie.expiresIn)).toBeLessThan(120);
      }
    });
  },
);

describe.each(
  rows.filter(({ documentCookie }) => documentCookie !== undefined).map((row) => [row.id, row] as const),
)('%s', (_id, row) => {
  it('shows scripts what Chromium showed them', () => {
    const visible = play(row, chromium)
      .store.send(new URL('https://www.example.com/'), recordedAt + 2000)
      .filter(({ httpOnly }) => !httpOnly)
      .map(({ name, value }) => `${name}=${value}`);
    expect(visible.join('; ')).toBe(row.documentCookie);
  });
});

describe('third-party cookies allowed', () => {
  it('M2: SameSite=None; Secure goes along in frames too', () => {
    const row = rows.find(({ id }) => id === 'M2');
    if (!row) throw new Error('M2 is gone from the file');
    const { answers } = play(row, chromium, 'allowed');
    for (const question of ['iframe', 'fetch', 'img'])
      expect(answers['x2']?.[question]).toBe(row.phases['x2']?.[question]?.chromium3pcAllowed);
  });
});

it('the file has rows to ask', () => {
  expect(rows.length).toBeGreaterThan(60);
});
