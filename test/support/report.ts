import { STRENGTH_BITS } from '../../src/causes/cause.ts';
import { causes } from '../../src/causes/index.ts';
import { named } from '../../src/diagnose/advice.ts';
import type { Finding, RankedCause, Report, Verdict, Vote } from '../../src/model.ts';

const finding = (code: string, over: Partial<Finding> = {}): Finding => ({
  code,
  level: 'warning',
  title: `Title of ${code}`,
  detail: `what was seen for ${code}, with 3 numbers`,
  ...over,
});

const vote = (code: string, bits: number): Vote => ({
  code,
  bits,
  detail: `what was seen for ${code}, with 3 numbers`,
});

function ranked(
  id: string,
  verdict: Verdict,
  inFavour: readonly Vote[],
  against: readonly Vote[],
): RankedCause {
  const cause = causes.find((each) => each.id === id);
  if (!cause) throw new Error(`no cause ${id}`);
  const bits = [...inFavour, ...against].reduce((sum, each) => sum + each.bits, cause.prior);
  return {
    rank: 0,
    id,
    title: cause.title,
    hop: cause.hop,
    story: cause.story,
    verdict,
    confidence: verdict === 'untested' ? 0 : 1 / (1 + 2 ** -bits),
    bits,
    for: inFavour,
    against,
    untested: [{ probe: 'edge', enable: '--edge URL' }],
    doNow: cause.doNow.map((line) => named(line)),
    doNot: cause.doNot,
    prevent: cause.prevent,
    confirmWith: cause.confirmWith,
  };
}

/** A report with something in every part. */
export const sampleReport: Report = {
  schema: 'sessdoctor.report/1',
  tool: { name: 'sessdoctor', version: '1.2.3' },
  startedAt: '2026-11-21T03:12:05.000Z',
  durationMs: 1812,
  since: '2026-11-21T02:58:00.000Z',
  status: 'diagnosed',
  summary: 'Confirmed: the session store was emptied by a flush (98 %).',
  causes: [
    ranked(
      'store-flushed',
      'confirmed',
      [vote('redis/flushed', STRENGTH_BITS.decisive), vote('symptoms/pattern-lost-once', 3)],
      [vote('database/table-healthy', -3)],
    ),
    ranked('secret-rotated-no-grace', 'likely', [vote('credentials/previous-secret', 5)], []),
    ranked('store-evicting', 'possible', [vote('redis/near-limit', 2)], []),
    ranked('clock-skew', 'unlikely', [], [vote('clock/agrees', -3)]),
    ranked('idp-outage', 'ruled-out', [], [vote('provider/healthy', STRENGTH_BITS.refutes)]),
    ranked('replica-lag', 'untested', [], []),
  ].map((cause, index) => ({ ...cause, rank: index + 1 })),
  contributing: [{ ...ranked('mixed-fleet', 'possible', [vote('replay/mixed', 3)], []), rank: 1 }],
  weaknesses: [finding('redis/no-persistence', { subject: 'main', data: { file: 'redis.conf', line: 12 } })],
  unexplained: ['edge/odd-header'],
  next: {
    question: 'Does the edge send what the origin sent?',
    enable: '--edge URL --origin URL',
    wouldSettle: ['edge-strips-cookie'],
  },
  timeline: [
    { at: '2026-11-21T02:50:00.000Z', kind: 'change', what: 'deploy web 812' },
    {
      at: '2026-11-21T02:57:41.000Z',
      kind: 'finding',
      what: 'Title of redis/flushed',
      code: 'redis/flushed',
    },
    { at: '2026-11-21T02:58:00.000Z', kind: 'onset', what: 'it began, as reported' },
  ],
  probes: [
    {
      probe: 'redis',
      status: 'ran',
      durationMs: 120,
      findings: [
        finding('redis/flushed', { level: 'critical', at: '2026-11-21T02:57:41.000Z' }),
        finding('redis/no-persistence'),
        finding('redis/reachable', { level: 'ok' }),
      ],
    },
    { probe: 'edge', status: 'ran', durationMs: 80, findings: [finding('edge/odd-header')] },
    {
      probe: 'provider',
      status: 'ran',
      durationMs: 2000,
      findings: [finding('provider/unreachable', { blind: true, level: 'info' })],
    },
    { probe: 'database', status: 'skipped', reason: 'no database was named', enable: '--database URL' },
    { probe: 'replay', status: 'failed', durationMs: 10_000, reason: 'did not finish within 10s' },
  ],
  redactions: 12,
};

/** What people meet in the wild, and what a hostile server would send. */
export const HOSTILE = [
  '\u001b[2J\u001b]0;owned\u0007 wiped',
  '\u009b31m red \u009d8;;http://evil.example\u009c',
  '\u001bP unterminated',
  '<script>alert(1)</script><img src=x onerror=alert(1)>',
  '"\'><svg/onload=alert(1)>',
  ']]> <!-- -->  &amp; &#60;b&#62;',
  '| a | b |\n| --- | --- |\n# heading\n- [x] done',
  '`code` ``two`` [link](http://evil.example) ![i](http://evil.example/i.png) <http://evil.example>',
  'https://evil.example www.evil.example @everyone #1 *b* _i_ ~s~',
  '::error::owned ::set-output name=a::b ##[add-mask]x',
  '\u202egnp.exe\u2066\u200b\ufeff\u{e0041}',
  'a%0A::error::b\r\n::error::c',
  '\ud800 lone \uffff \ufffe \u0000\u0008',
  '\\`*_{}[]()#+-.!|>',
  '`',
  '',
  ' ',
  'x'.repeat(3000),
] as const;

/** The same report with every text that may come from outside replaced. */
export function withText(report: Report, text: (old: string) => string): Report {
  const votes = (all: readonly Vote[]) => all.map((each) => ({ ...each, detail: text(each.detail) }));
  const cause = (each: RankedCause): RankedCause => ({
    ...each,
    for: votes(each.for),
    against: votes(each.against),
    doNow: each.doNow.map((step) => `Mend ${text(step)} first.`),
  });
  const found = (each: Finding): Finding => ({
    ...each,
    detail: text(each.detail),
    ...(each.subject !== undefined && { subject: text(each.subject) }),
    ...(each.data !== undefined && { data: { file: text('redis.conf'), line: 12 } }),
  });
  return {
    ...report,
    summary: text(report.summary),
    causes: report.causes.map(cause),
    contributing: report.contributing.map(cause),
    weaknesses: report.weaknesses.map(found),
    next: report.next && {
      ...report.next,
      question: text(report.next.question),
      enable: text(report.next.enable),
    },
    probes: report.probes.map((outcome) => {
      if (outcome.status === 'ran') return { ...outcome, findings: outcome.findings.map(found) };
      return { ...outcome, reason: text(outcome.reason) };
    }),
  };
}
