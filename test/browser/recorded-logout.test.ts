import { describe, expect, it } from 'vitest';
import { compare } from '../../src/browser/compare.ts';
import { responsesFrom } from '../../src/browser/deploy.ts';
import { storyOf } from '../../src/browser/story.ts';
import { openMasker } from './masker.ts';
import { expandLines, recordedAt, type Row, rows } from './matrix.ts';

type Answer = readonly [url: string, lines: readonly string[], status?: number];

/** A deploy as a HAR would have it: every answer by its URL, at the same minute. */
const deploy = (...answers: readonly Answer[]) => ({
  sources: [],
  responses: responsesFrom(
    answers.map(([url, lines, status = 200]) => ({
      url,
      method: 'GET',
      request: [],
      status,
      startedAt: recordedAt,
      response: [
        ['Date', new Date(recordedAt).toUTCString()] as const,
        ...expandLines(lines).map((line) => ['Set-Cookie', line] as const),
      ],
    })),
    openMasker,
  ).responses,
});
const judge = (before: readonly Answer[], after: readonly Answer[], names?: readonly string[]) =>
  compare(deploy(...before), deploy(...after), { names, urls: [], now: recordedAt });
const told = (before: readonly Answer[], after: readonly Answer[]) =>
  judge(before, after).cookies.map(({ name, outcome }) => `${name} ${outcome}`);

const LOGIN = 'https://www.example.com/app/login';
const LOGOUT = 'https://www.example.com/app/logout';
const rowOf = (id: string): Row => {
  const row = rows.find((each) => each.id === id);
  if (!row) throw new Error(`no row ${id}`);
  return row;
};

/** How the file writes a generation. */
const generations = (header: string | null | undefined) =>
  (header ?? '')
    .split('; ')
    .filter(Boolean)
    .map((pair) => (pair.endsWith('=OLD') ? 'before' : 'after'));

// K4 gives both generations one value.
const recorded = rows.filter(({ id, logout }) => logout && id !== 'K4');

describe.each(recorded.map((row) => [row.id, row] as const))('%s with its logout recorded', (_id, row) => {
  // Every logout was answered by www.example.com, also that of D10, whose cookies are shop.co.uk's.
  const logout = new URL(row.after.url.replace('shop.co.uk', 'www.example.com'));
  logout.pathname = '/app/logout';
  const before: Answer = [row.before.url, row.before.setCookie];
  const after: Answer = [row.after.url, row.after.setCookie];
  const urls = Object.keys(row.phases['phase1'] ?? {});
  const compared = (...answers: readonly Answer[]) =>
    compare(deploy(before), deploy(...answers), { urls, now: recordedAt });
  const found = compared(after, [logout.href, row.logout ?? []]);

  it.each([
    ['phase1', 'arriving'],
    ['phase2', 'afterSetCookie'],
    ['phase3', 'afterLogout'],
  ] as const)('%s as in Chromium', (phase, name) => {
    for (const [url, sent] of Object.entries(row.phases[phase] ?? {}))
      expect([url, found.sends.find((send) => send.url === url)?.[name]]).toEqual([
        url,
        generations(sent.chromium),
      ]);
  });

  it('comes to the same outcome as without it', () => {
    const outcomes = ({ cookies }: typeof found) =>
      cookies.map(({ name, outcome, changes }) => `${name} ${outcome} ${changes.join()}`);
    expect(outcomes(found)).toEqual(outcomes(compared(after)));
  });
});

describe('what counts as the cookie of a deploy', () => {
  const line = 'sid=AAAA; Path=/; Max-Age=86400';

  it('an identical deploy with its logout recorded is unchanged', () => {
    const visit: readonly Answer[] = [
      [LOGIN, [line]],
      [LOGOUT, ['sid=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT']],
    ];
    expect(told(visit, visit)).toEqual(['sid unchanged']);
    expect(judge(visit, visit).cookies[0]?.logout).toBe('clears');
  });

  it('a deletion that both deploys send takes nothing away', () => {
    const lines = [line, 'remember=; Path=/; Max-Age=0'];
    expect(told([[LOGIN, lines]], [[LOGIN, lines]])).toEqual(['sid unchanged', 'remember unchanged']);
  });

  it('K2 is a migration in either order of its lines, and from another host', () => {
    const { before, after } = rowOf('K2');
    const old: Answer = [before.url, before.setCookie];
    const lines = [...after.setCookie];
    expect(told([old], [[after.url, lines]])).toEqual(['sid replaced']);
    expect(told([old], [[after.url, lines.toReversed()]])).toEqual(['sid replaced']);
    const [clearing = '', fresh = ''] = lines;
    expect(
      told(
        [old],
        [
          [after.url, [fresh]],
          ['https://auth.example.com/', [clearing]],
        ],
      ),
    ).toEqual(['sid replaced']);
  });

  it('a page that deletes what the login has just set is a deletion', () => {
    expect(
      told(
        [[LOGIN, [line]]],
        [
          [LOGIN, [line]],
          ['https://www.example.com/app', ['sid=; Path=/; Max-Age=0']],
        ],
      ),
    ).toEqual(['sid deleted']);
  });

  it('a recorded logout that clears another scope is named as broken', () => {
    const found = judge(
      [[LOGIN, [line]]],
      [
        [LOGIN, ['sid=BBBB; Path=/; Max-Age=86400']],
        [LOGOUT, ['sid=; Path=/app; Max-Age=0']],
      ],
    );
    expect(found.cookies[0]?.logout).toBe('misses');
    expect(found.sends.find(({ url }) => url === 'https://www.example.com/')?.afterLogout).toEqual(['after']);
    expect(found.cookies.map(storyOf)[0]?.points.join(' ')).toMatch(/Broken logout/);
  });
});

describe('what is left after a logout', () => {
  const at = (found: ReturnType<typeof judge>, phase: 'afterSetCookie' | 'afterLogout') =>
    found.sends.find(({ url }) => url === 'https://www.example.com/')?.headers[phase];
  const lines = ['sid=AAAA; Path=/; HttpOnly', 'seen=1; Path=/'];

  it('a recorded one takes what it names, no more', () => {
    const fresh = ['sid=BBBB; Path=/; HttpOnly', 'seen=2; Path=/'];
    const found = judge(
      [[LOGIN, lines]],
      [
        [LOGIN, fresh],
        [LOGOUT, ['sid=; Path=/; Max-Age=0']],
      ],
    );
    expect(at(found, 'afterLogout')).toBe('seen=after');
  });

  it('what only the old deploy set is not the new one’s to take', () => {
    const found = judge([[LOGIN, lines]], [[LOGIN, ['sid=BBBB; Path=/; HttpOnly']]]);
    expect(at(found, 'afterSetCookie')).toBe('seen=before; sid=after');
    expect(at(found, 'afterLogout')).toBe('seen=before');
  });

  it('a session that was not seen set anew is taken in its old scope', () => {
    const found = judge([[LOGIN, lines]], [[LOGIN, ['seen=2; Path=/']]]);
    expect(at(found, 'afterLogout')).toBe('');
  });
});

it('asks about the family of hosts, the paths of cookies, and what was asked of the deploys', () => {
  const { sends } = judge(
    [[LOGIN, ['sid=AAAA; Path=/shop']]],
    [
      [LOGIN, ['sid=BBBB; Path=/']],
      ['https://www.example.com/account/orders', []],
      [LOGOUT, ['sid=; Path=/; Max-Age=0']],
    ],
  );
  const urls = ['www.example.com', 'example.com', 'api.example.com'].flatMap((host) => [
    `https://${host}/`,
    `https://${host}/shop`,
  ]);
  expect(sends.map(({ url }) => url)).toEqual([...urls, LOGIN, 'https://www.example.com/account/orders']);
  expect(sends.at(-1)?.afterSetCookie).toEqual(['after']);
});

describe('a name that changes', () => {
  const old = 'sid=0123456789abcdef0123456789abcdef; Path=/; HttpOnly; Secure';
  const fresh = 'session=0123456789abcdef0123456789abcdee; Path=/; HttpOnly; Secure';

  it('is a rename also where the new deploy deletes the old name', () => {
    const { cookies } = judge([[LOGIN, [old]]], [[LOGIN, ['sid=; Path=/; Secure; Max-Age=0', fresh]]]);
    expect(cookies.map(({ name, outcome }) => [name, outcome])).toEqual([['sid', 'renamed']]);
    expect(cookies[0]?.reason).toMatch(/takes that away/);
  });

  it('is none towards a deletion, nor towards a cookie of another kind', () => {
    expect(told([[LOGIN, [old]]], [['https://www.example.com/', ['app=; Path=/; Max-Age=0']]])).toEqual([
      'sid unchanged',
    ]);
    expect(told([[LOGIN, [old]]], [['https://www.example.com/', ['promo=1; Path=/']]])).toEqual([
      'sid unchanged',
    ]);
  });

  it('hurts nobody when browsers refused the old one', () => {
    expect(told([[LOGIN, ['__Host-sid=AAAA; Path=/']]], [[LOGIN, ['sid=BBBB; Path=/']]])).toEqual([
      '__Host-sid replaced',
    ]);
  });

  it('or Domain is the host’s own on a rehearsal', () => {
    const old = 'sid=AAAA; Domain=.example.com; Path=/';
    const stage = 'https://staging.example.com/app/login';
    const rehearsed = (line: string) => judge([[LOGIN, [old]]], [[stage, [line]]]);
    const found = rehearsed('sid=BBBB; Domain=.staging.example.com; Path=/');
    expect(found.cookies.map(({ outcome }) => outcome)).toEqual(['unchanged']);
    expect(found.assumptions.join()).toMatch(/Domain=staging\.example\.com of sid was read as/);
    expect(rehearsed('sid=BBBB; Path=/').cookies.map(({ outcome }) => outcome)).toEqual(['coexists']);
  });

  it('is the host’s hash on a rehearsal', () => {
    const hash = (digit: string) => `SSESS${digit.repeat(32)}=AAAA; Path=/; Secure; HttpOnly`;
    const found = judge([[LOGIN, [hash('a')]]], [['http://127.0.0.1:8080/app/login', [hash('b')]]]);
    expect(found.cookies.map(({ outcome }) => outcome)).toEqual(['unchanged']);
    expect(found.assumptions.join()).toMatch(/SSESSb+ was read as if it were SSESSa+/);
  });
});

it('a session of a site that the file tells less of is left out, and that is said', () => {
  const visit: readonly Answer[] = [
    [LOGIN, ['sid=AAAA; Path=/']],
    ['https://id.example.org/a', ['AUTH_SESSION_ID=1; Path=/']],
    ['https://id.example.org/b', []],
  ];
  const { assumptions, leftOut } = judge(visit, visit);
  expect(assumptions).toEqual([
    "most answers are example.org's; example.com was left out (it sets sid: ask for it with --cookie sid)",
  ]);
  expect(leftOut).toEqual([expect.objectContaining({ site: 'example.com', names: ['sid'], began: true })]);
});

it('a session that the new deploy sets and pushes out at once is lost', () => {
  const many = Array.from({ length: 200 }, (_, index) => `k${index}=1; Path=/`);
  const { cookies } = judge([[LOGIN, ['sid=AAAA; Path=/']]], [[LOGIN, ['sid=BBBB; Path=/', ...many]]]);
  expect(cookies[0]).toMatchObject({ name: 'sid', outcome: 'deleted', loss: 'quota' });
});

describe('a deploy that was not seen setting the cookie', () => {
  const line = 'sid=AAAA; Path=/; HttpOnly';

  it('tells nothing when it set nothing, nor when it answered 500', () => {
    expect(told([[LOGIN, [line]]], [])).toEqual([]);
    expect(told([[LOGIN, [line]]], [[LOGIN, [], 500]])).toEqual([]);
  });

  it('the same answer without the cookie is a cookie that new logins do not get', () => {
    const { cookies } = judge([[LOGIN, [line]]], [[LOGIN, []]]);
    expect(cookies[0]).toMatchObject({ outcome: 'rejected', setting: 'withheld' });
    expect(cookies.map(storyOf)[0]?.headline).toMatch(/does not set it any more/);
  });

  it('another page without it says only that it was not seen', () => {
    const { cookies } = judge([[LOGIN, [line]]], [['https://www.example.com/', ['lang=en; Path=/']]]);
    expect(cookies.map(storyOf)[0]?.headline).toMatch(/not seen/);
  });

  it('Z7: an empty value is no unchanged cookie', () => {
    const { before, after } = rowOf('Z7');
    const { cookies } = judge([[before.url, before.setCookie]], [[after.url, after.setCookie]]);
    expect(cookies[0]).toMatchObject({ outcome: 'replaced', loss: 'emptied' });
  });

  it('the only cookie of each side is the same one renamed', () => {
    const old = 'PHPSESSID=ab12cd34ef56ab12cd34ef56; path=/';
    const fresh = `laravel=eyJpdiI6${'x'.repeat(300)}; Path=/; HttpOnly; SameSite=Lax; Max-Age=7200`;
    expect(told([[LOGIN, [old]]], [[LOGIN, [fresh]]])).toEqual(['PHPSESSID renamed']);
  });
});
