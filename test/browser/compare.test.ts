import { describe, expect, it } from 'vitest';
import { compare } from '../../src/browser/compare.ts';
import { responsesFrom } from '../../src/browser/deploy.ts';
import { openMasker } from './masker.ts';
import { expandLines, recordedAt, type Row, rows } from './matrix.ts';

/** A row's two answers, as if saved by somebody with a right clock. */
function deploysOf(row: Row) {
  const deploy = (step: Row['before']) => ({
    sources: [],
    responses: responsesFrom(
      [
        {
          url: step.url,
          method: 'GET',
          request: [],
          status: 200,
          startedAt: recordedAt,
          response: [
            ...(step.noDate
              ? []
              : [['Date', new Date(recordedAt + (step.dateHeaderOffsetMs ?? 0)).toUTCString()] as const]),
            ...expandLines(step.setCookie).map((line) => ['Set-Cookie', line] as const),
            ...Object.entries(step.extraHeaders ?? {}),
          ],
        },
      ],
      openMasker,
    ).responses,
  });
  return { before: deploy(row.before), after: deploy(row.after) };
}

const generations = (header: string | null | undefined, newNames: ReadonlySet<string>) =>
  (header ?? '')
    .split('; ')
    .filter(Boolean)
    .map((pair) => {
      const [name = '', value = ''] = pair.split(/=(.*)/s);
      if (/^OLD$/.test(value)) return 'before';
      if (/^(?:NEW|OLD2|v)/.test(value) || newNames.has(name)) return 'after';
      return value;
    });

/** Rows whose headers tell the generations by their values, asked the way the file asks. */
const told = rows.filter(({ id }) => !['K3', 'K4', 'U3', 'Z7', 'Z10'].includes(id));

describe.each(told.map((row) => [row.id, row.title, row] as const))('%s %s', (_id, _title, row) => {
  const { before, after } = deploysOf(row);
  const urls = Object.keys(row.phases['phase1'] ?? {});
  const found = compare(before, after, { urls, now: recordedAt });

  it.each([
    ['phase1', 'arriving'],
    ['phase2', 'afterSetCookie'],
    // Where the file's logout clears what the new deploy sets.
    ...(row.logout ? ([['phase3', 'afterLogout']] as const) : []),
  ] as const)('%s', (phase, name) => {
    const wanted = Object.fromEntries(
      Object.entries(row.phases[phase] ?? {}).map(([url, sent]) => [
        url,
        generations(sent.chromium, new Set()),
      ]),
    );
    const sends = Object.fromEntries(
      found.sends.filter(({ url }) => url in wanted).map((send) => [send.url, send[name]]),
    );
    expect(sends).toEqual(wanted);
  });
});

const outcomeOf = (id: string) => {
  const row = rows.find((each) => each.id === id);
  if (!row) throw new Error(`no row ${id}`);
  const { before, after } = deploysOf(row);
  return compare(before, after, { urls: [], now: recordedAt }).cookies.map(({ name, outcome, changes }) =>
    `${name} ${outcome} ${changes.join(',')}`.trim(),
  );
};

describe('what becomes of the old cookie', () => {
  it.each([
    ['K1', ['sid coexists domain,path']],
    ['K2', ['sid replaced domain,path']],
    ['D1', ['sid coexists domain']],
    ['D5', ['sid coexists domain']],
    ['D6', ['sid unchanged']],
    ['D7', ['sid coexists domain']],
    ['D8', ['sid rejected domain']],
    ['D10', ['sid rejected domain']],
    ['P1', ['sid coexists path']],
    ['P8', ['sid coexists path']],
    ['X3', ['sid replaced secure']],
    ['X4', ['sid rejected secure']],
    ['M1', ['sid rejected sameSite']],
    ['N1', ['sid renamed name']],
    ['N2', ['sid renamed name']],
    ['N3', ['sid renamed name,domain,secure']],
    ['N4', ['sid rejected name,domain,secure']],
    ['N11', ['__Host-sid rejected maxAge,secure']],
    ['E2', ['sid deleted maxAge']],
    ['E5', ['sid replaced maxAge']],
    ['E6', ['sid deleted expires']],
    ['E7', ['sid replaced expires']],
    ['E10', ['sid deleted expires']],
    ['E13', ['sid replaced maxAge']],
    ['Z1', ['sid rejected']],
    ['Z9', ['sid unchanged']],
    ['Z10', ['sid deleted']],
    ['C3', ['sid deleted']],
    ['L3', ['sid deleted maxAge,httpOnly,sameSite']],
    ['T1', ['sid rejected sameSite,partitioned']],
  ])('%s', (id, wanted) => {
    expect(outcomeOf(id)).toEqual(wanted);
  });
});

describe('what it does to people', () => {
  const symptoms = (id: string) => {
    const row = rows.find((each) => each.id === id);
    if (!row) throw new Error(`no row ${id}`);
    const { before, after } = deploysOf(row);
    const urls = ['https://www.example.com/', 'https://www.example.com/app/x'];
    const found = compare(before, after, { urls, now: recordedAt });
    return found.cookies.flatMap(({ consequences }) =>
      consequences.slice(0, 2).map(({ first, last }) => `${first} ${last}`),
    );
  };

  it.each([
    // Each line: on / and on /app/x, for stacks that read the first and the last of two.
    ['K1', ['old-only old-only', 'zombie login-loop']],
    ['P1', ['old-only old-only', 'zombie login-loop']],
    ['D1', ['login-loop zombie', 'login-loop zombie']],
    ['D4', ['login-loop zombie', 'login-loop zombie']],
    ['P2', ['none none', 'login-loop zombie']],
    ['N1', ['signed-out signed-out', 'signed-out signed-out']],
    ['K2', []],
    ['K4', ['old-only old-only', 'zombie zombie']],
  ])('%s', (id, wanted) => {
    expect(symptoms(id)).toEqual(wanted);
  });

  it('U3: says where Firefox differs', () => {
    const row = rows.find(({ id }) => id === 'U3');
    if (!row) throw new Error('U3 is gone from the file');
    const { before, after } = deploysOf(row);
    const found = compare(before, after, { urls: ['https://www.example.com/'], now: recordedAt });
    expect(found.firefox[0]).toBe(
      "https://www.example.com/ after the new deploy's Set-Cookie: Firefox sends sid=after; sid=before, Chromium sid=before; sid=after",
    );
  });
});
