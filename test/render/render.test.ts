import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';
import stringWidth from 'string-width';
import stripAnsi from 'strip-ansi';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/model.ts';
import { type FormatName, renderers } from '../../src/render/index.ts';
import type { Renderer, RenderOptions } from '../../src/render/renderer.ts';
import { HOSTILE, sampleReport, withText } from '../support/report.ts';

const render = {} as Record<FormatName, Renderer>;
const names = Object.keys(renderers) as FormatName[];
beforeAll(async () => {
  for (const name of names) render[name] = await renderers[name]();
});

const plain: RenderOptions = { width: 80, colorLevel: 0, failOn: 'likely' };
const hostileText = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.array(fc.constantFrom(...HOSTILE), { maxLength: 3 }).map((parts) => parts.join(' ')),
  fc.string({ unit: 'binary', maxLength: 40 }),
);
const hostileReport = fc.array(hostileText, { minLength: 1, maxLength: 8 }).map((texts): Report => {
  let next = 0;
  return withText(sampleReport, () => texts[next++ % texts.length] ?? '');
});
const clear: Report = {
  ...sampleReport,
  status: 'clear',
  summary: 'Nothing found.',
  since: null,
  causes: [],
  contributing: [],
  weaknesses: [],
  unexplained: [],
  next: null,
};

describe('every format', () => {
  it('has exactly the names of the contract', () => {
    expect(names).toEqual(['terminal', 'json', 'markdown', 'html', 'junit', 'sarif', 'github']);
  });

  it.each(names)('%s is pure and ends with one newline', (name) => {
    const text = render[name](sampleReport, plain);
    expect(render[name](sampleReport, plain)).toBe(text);
    expect(text).toMatch(/[^\n]\n$/);
  });

  it.each(names)('%s puts no control character into a stream, whatever the report holds', (name) => {
    fc.assert(
      fc.property(hostileReport, (report) => {
        expect(render[name](report, plain)).not.toMatch(
          /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/,
        );
      }),
      { numRuns: 100 },
    );
  });

  it.each(names.filter((name) => name !== 'github'))(
    '%s obeys no workflow command of a CI runner',
    (name) => {
      fc.assert(
        fc.property(hostileReport, (report) => {
          const text = render[name](report, plain);
          expect(text).not.toMatch(/##\[/);
          expect(text).not.toMatch(/^\s*::(?:error|set-output|add-mask)/m);
        }),
        { numRuns: 100 },
      );
    },
  );

  it.each(names)('%s can show a report in which nothing was found', (name) => {
    expect(render[name](clear, plain)).toContain('Nothing found.');
  });
});

describe('terminal', () => {
  it('tells verdict, figures, steps and dangers of the first cause on its first screen', () => {
    const text = render.terminal(sampleReport, plain);
    const screen = text.split('\n').slice(0, 44).join('\n');
    expect(screen).toContain('DIAGNOSED: Confirmed: the session store was emptied by a flush (98 %).');
    expect(screen).toMatch(/WHY: confirmed at 98 % \(\+6 bits in all, -3 before any evidence\)/);
    expect(screen).toContain('+9 Title of redis/flushed');
    expect(screen).toContain('-3 ');
    expect(screen).toContain('DO NOW');
    expect(screen).toContain('x Do not restart Redis');
  });

  it('has the rest in a line each', () => {
    const text = render.terminal(sampleReport, plain);
    expect(text).toMatch(/likely +80 % secret-rotated-no-grace/);
    expect(text).toMatch(/possible +33 % store-evicting/);
    expect(text).toContain('Ruled out: idp-outage');
    expect(text).toContain('Unlikely: clock-skew');
    expect(text).toContain('mixed-fleet');
    expect(text).toMatch(/database no database was named -> --database URL/);
    expect(text).toContain('replay failed: did not finish within 10s');
    expect(text).toContain('[edge/odd-header]');
    expect(text).toContain('--edge URL --origin URL');
    expect(text).toMatch(
      /02:50:00 change: deploy web 812\n.*02:57:41 Title of redis\/flushed.*\n.*02:58:00 IT BEGAN, as you say/,
    );
  });

  it('says what would make it sure when it is not, and does not urge', () => {
    const [, likely, possible] = sampleReport.causes;
    const unsure = render.terminal(
      { ...sampleReport, status: 'inconclusive', causes: possible ? [possible] : [] },
      plain,
    );
    expect(unsure).toContain('TO BE SURE');
    expect(unsure).toContain('DO, ONCE YOU ARE SURE');
    const sure = render.terminal({ ...sampleReport, causes: likely ? [likely] : [] }, plain);
    expect(sure).toContain('TO BE SURE');
    expect(sure).toContain('\nDO NOW');
  });

  it('reads the same without colour', () => {
    const coloured = render.terminal(sampleReport, { ...plain, colorLevel: 3 });
    expect(coloured).toContain('\u001b[');
    expect(stripAnsi(coloured)).toBe(render.terminal(sampleReport, plain));
  });

  it('is ASCII where the words are ours', () => {
    expect(render.terminal(sampleReport, plain)).toMatch(/^[\x20-\x7e\n]+$/);
  });

  it('never writes beyond the width', () => {
    fc.assert(
      fc.property(hostileReport, fc.integer({ min: 32, max: 120 }), (report, width) => {
        for (const line of render.terminal(report, { ...plain, width }).split('\n'))
          expect(stringWidth(line)).toBeLessThanOrEqual(Math.min(width, 100));
      }),
      { numRuns: 60 },
    );
  });

  it('lists nothing as looked at that could not be looked at', () => {
    const refused = {
      code: 'edge/unreachable',
      level: 'warning',
      title: 'It refused',
      detail: 'here',
    } as const;
    const probes = [
      { probe: 'edge', status: 'ran', durationMs: 1, findings: [{ ...refused, blind: true as const }] },
    ] as const;
    const blind = { ...clear, status: 'incomplete', probes } as const;
    for (const text of [render.terminal(blind, plain), render.markdown(blind, plain)]) {
      expect(text).not.toMatch(/^(?:#+ )?looked at/im);
      expect(text).toMatch(/not looked at[\s\S]*It refused/i);
    }
    const partly = { ...refused, level: 'ok', title: 'One passes' } as const;
    const both = [{ ...probes[0], findings: [...probes[0].findings, partly] }];
    expect(render.terminal({ ...blind, probes: both }, plain)).toMatch(/^LOOKED AT\n.*One passes$/m);
  });

  it('breaks no line between a number and its percent sign', () => {
    for (let width = 40; width <= 100; width++)
      expect(render.terminal(sampleReport, { ...plain, width })).not.toMatch(/^ *%/m);
  });

  it('says what was looked at when nothing was found', () => {
    const text = render.terminal(clear, plain);
    expect(text).toContain('CLEAR: Nothing found.');
    expect(text).toContain('LOOKED AT\n  redis Title of redis/reachable\n  edge Title of edge/odd-header');
    expect(text).not.toContain('DO NOW');
  });
});

describe('json', () => {
  it('holds the report and nothing else', () => {
    fc.assert(
      fc.property(hostileReport, (report) => {
        expect(JSON.parse(render.json(report, plain))).toEqual(report);
      }),
      { numRuns: 100 },
    );
  });
});

describe('markdown', () => {
  const html = (text: string): string =>
    micromark(text, { extensions: [gfm()], htmlExtensions: [gfmHtml()], allowDangerousHtml: true });
  const tags = (text: string): string[] =>
    (text.match(/<[^>]*>/g) ?? []).filter((tag) => !/^<\/?code>$/.test(tag));

  it('becomes headings, tables and a task list', () => {
    const page = html(render.markdown(sampleReport, plain));
    expect(page).toContain(
      '<h2>sessdoctor: Confirmed: the session store was emptied by a flush (98 %).</h2>',
    );
    expect(page).toMatch(/<td align="right">\+9<\/td>\s*<td><code>redis\/flushed<\/code><\/td>/);
    expect(page.match(/type="checkbox"/g)).toHaveLength(sampleReport.causes[0]?.doNow.length ?? 0);
    expect(page).not.toContain('<a ');
  });

  it('has no other elements, links or images whatever the text says', () => {
    const usual = tags(html(render.markdown(sampleReport, plain)));
    fc.assert(
      fc.property(hostileReport, (report) => {
        expect(tags(html(render.markdown(report, plain)))).toEqual(usual);
      }),
      { numRuns: 200 },
    );
  });

  it('notifies nobody', () => {
    const report = withText(sampleReport, () => 'ask @everyone');
    const outside = render.markdown(report, plain).replace(/`[^`]*`/g, '');
    expect(outside).not.toMatch(/@\w/);
  });

  it('keeps commands as they must be typed', () => {
    const [weakness] = sampleReport.weaknesses;
    if (!weakness) throw new Error('the sample report has no weakness');
    const report = {
      ...sampleReport,
      summary: 'Give it -@dangerous +@read.',
      weaknesses: [{ ...weakness, fix: 'ACL SETUSER app -@dangerous' }],
    };
    const text = render.markdown(report, plain);
    expect(text).toContain('`ACL SETUSER app -@dangerous`');
    expect(text).toContain('## sessdoctor: Give it `-@dangerous` `+@read`.');
  });
});

describe('html', () => {
  const tags = (text: string): string[] => text.match(/<[^>]*>/g) ?? [];

  it('keeps its structure whatever the text says', () => {
    const usual = tags(render.html(sampleReport, plain));
    fc.assert(
      fc.property(hostileReport, (report) => {
        expect(tags(render.html(report, plain))).toEqual(usual);
      }),
      { numRuns: 100 },
    );
  });

  it('fetches and runs nothing', () => {
    const page = render.html(sampleReport, plain);
    expect(page).toContain("default-src 'none'");
    expect(page).not.toMatch(/<script|<link|<img|<iframe|\bsrc=|\bhref=|url\(|@import|\son\w+=/i);
  });
});

describe('junit', () => {
  const attribute = (xml: string, suite: string, name: string): string | undefined =>
    new RegExp(`<testsuite name="${suite}"[^>]* ${name}="(\\d+)"`).exec(xml)?.[1];

  it('counts probes as cases: skipped, failed, blind and passed are different things', () => {
    const xml = render.junit(sampleReport, plain);
    expect(attribute(xml, 'sessdoctor.probes', 'tests')).toBe('5');
    expect(attribute(xml, 'sessdoctor.probes', 'skipped')).toBe('2');
    expect(attribute(xml, 'sessdoctor.probes', 'errors')).toBe('1');
    expect(xml).toContain('<skipped message="no database was named; to enable: --database URL"/>');
  });

  it.each([
    ['confirmed', '1', '0'],
    ['likely', '2', '0'],
    ['possible', '3', '0'],
    ['weakness', '3', '1'],
    ['never', '0', '0'],
  ] as const)('--fail-on %s fails %s causes and %s weaknesses', (failOn, causes, weaknesses) => {
    const xml = render.junit(sampleReport, { ...plain, failOn });
    expect(attribute(xml, 'sessdoctor.causes', 'failures')).toBe(causes);
    expect(attribute(xml, 'sessdoctor.weaknesses', 'failures')).toBe(weaknesses);
    expect(xml.match(/<failure /g) ?? []).toHaveLength(Number(causes) + Number(weaknesses));
  });

  it('is well-formed XML 1.0 for a real parser, whatever the text says', () => {
    for (const text of [...HOSTILE, HOSTILE.join(' ')]) {
      const xml = render.junit(
        withText(sampleReport, () => text),
        plain,
      );
      execFileSync('xmllint', ['--noout', '--nonet', '-'], { input: xml, stdio: ['pipe', 'pipe', 'pipe'] });
      expect(Buffer.from(xml).toString()).toBe(xml);
    }
  });
});

describe('sarif', () => {
  const log = (report: Report) =>
    JSON.parse(render.sarif(report, plain)) as {
      version: string;
      runs: [
        {
          tool: { driver: { rules: { id: string }[] } };
          invocations: [{ executionSuccessful: boolean; toolExecutionNotifications: unknown[] }];
          results: {
            ruleId: string;
            ruleIndex: number;
            level: string;
            locations: [
              { physicalLocation: { artifactLocation: { uri: string }; region: { startLine: number } } },
            ];
          }[];
        },
      ];
    };

  it('has a result for each cause that stands and each weakness, and a rule for each result', () => {
    const [run] = log(sampleReport).runs;
    expect(run.results.map(({ ruleId, level }) => [ruleId, level])).toEqual([
      ['store-flushed', 'error'],
      ['secret-rotated-no-grace', 'warning'],
      ['store-evicting', 'note'],
      ['mixed-fleet', 'note'],
      ['redis/no-persistence', 'note'],
    ]);
    for (const result of run.results) expect(run.tool.driver.rules[result.ruleIndex]?.id).toBe(result.ruleId);
    expect(run.invocations[0].executionSuccessful).toBe(false);
    expect(run.invocations[0].toolExecutionNotifications).toHaveLength(3);
  });

  it('points to the file and line that a finding knows', () => {
    const result = log(sampleReport).runs[0].results.at(-1);
    expect(result?.locations[0].physicalLocation).toEqual({
      artifactLocation: { uri: 'redis.conf' },
      region: { startLine: 12 },
    });
  });

  it('survives every text', () => {
    fc.assert(
      fc.property(hostileReport, (report) => {
        expect(log(report).version).toBe('2.1.0');
      }),
      { numRuns: 100 },
    );
  });
});

describe('findings that stand in a file', () => {
  const at = (code: string, file: string, line: number, level: 'critical' | 'warning' = 'warning') => ({
    code,
    level,
    title: `Title of ${code}`,
    detail: `${file}:${line} drops sessions`,
    subject: `${file}:${line}`,
    data: { file, line },
  });
  const weaknesses = Array.from({ length: 12 }, (_, index) =>
    at('database/migration-destructive', `db/a ${index}.sql`, index + 1),
  );
  const evidence = at('database/migration-applied', 'db/b.rb', 7, 'critical');
  const report = {
    ...sampleReport,
    weaknesses,
    probes: [
      { probe: 'database', status: 'ran' as const, durationMs: 1, findings: [evidence, ...weaknesses] },
    ],
  };

  it('carry their file and line in GitHub’s annotations, those past its limit in one that names them all', () => {
    const text = render.github(report, plain);
    expect(text).toContain('::warning file=db/b.rb,line=7,title=Title of database/migration-applied::');
    expect(text).toContain('::warning file=db/a 0.sql,line=1,title=Weakness%3A Title of');
    for (const { data } of weaknesses)
      expect(text).toMatch(new RegExp(`file=${data.file},line=${data.line},|${data.file}:${data.line}\\b`));
  });

  it('carry them in SARIF, each as a result of its own', () => {
    const { runs } = JSON.parse(render.sarif(report, plain)) as {
      runs: { results: { ruleId: string; locations: { physicalLocation: unknown }[] }[] }[];
    };
    const places = (rule: string) =>
      runs[0]?.results
        .filter(({ ruleId }) => ruleId === rule)
        .map(({ locations }) => locations[0]?.physicalLocation);
    expect(places('database/migration-applied')).toEqual([
      { artifactLocation: { uri: 'db/b.rb' }, region: { startLine: 7 } },
    ]);
    expect(places('database/migration-destructive')?.at(11)).toEqual({
      artifactLocation: { uri: 'db/a%2011.sql' },
      region: { startLine: 12 },
    });
  });
});

describe('github', () => {
  it('marks causes at or above the threshold as errors, the others as warnings', () => {
    const lines = render.github(sampleReport, plain).trimEnd().split('\n');
    expect(lines.filter((line) => line.startsWith('::error '))).toHaveLength(2);
    expect(lines[0]).toMatch(
      /^::error title=The session store was emptied by a flush \(confirmed%2C 98 %25\)::Why%3A|^::error title=The session store was emptied by a flush \(confirmed%2C 98 %25\)::Why:/,
    );
    expect(render.github(sampleReport, { ...plain, failOn: 'never' })).not.toContain('::error');
  });

  it('writes nothing but its own commands, one a line, at most ten of a kind', () => {
    fc.assert(
      fc.property(hostileReport, (report) => {
        const many = { ...report, weaknesses: Array.from({ length: 40 }, () => report.weaknesses).flat() };
        const lines = render.github(many, plain).trimEnd().split('\n');
        for (const line of lines)
          expect(line).toMatch(/^::(?:error|warning|notice) (?:file=[^:,]*,line=\d+,)?title=[^:,]*::/);
        for (const kind of ['error', 'warning', 'notice'])
          expect(lines.filter((line) => line.startsWith(`::${kind} `)).length).toBeLessThanOrEqual(10);
      }),
      { numRuns: 100 },
    );
  });
});
