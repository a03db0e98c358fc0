/**
 * The report as JUnit XML, for CI servers: every probe is a test case, and so is every cause; a cause at or
 * above `--fail-on` is a failure, one that nothing was looked at for is skipped.
 *
 * @module
 */
import { reaches } from '../diagnose/rank.ts';
import type { Finding, Outcome, RankedCause, Report } from '../model.ts';
import type { Renderer, RenderOptions } from './renderer.ts';
import { percent, signed } from './view.ts';
import { visible } from './visible.ts';

/** One test case: its markup, and how it counts. */
interface Case {
  readonly markup: string;
  readonly counts: 'passed' | 'failure' | 'error' | 'skipped';
}

export const renderJunit: Renderer = (report, { failOn }) => {
  const suites = [
    suite('sessdoctor.probes', report, report.probes.map(probeCase)),
    suite(
      'sessdoctor.causes',
      report,
      [...report.causes, ...report.contributing].map((cause) => causeCase(cause, report, failOn)),
    ),
    suite(
      'sessdoctor.weaknesses',
      report,
      report.weaknesses.map((weakness) => weaknessCase(weakness, failOn)),
    ),
  ];
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="sessdoctor" time="${seconds(report.durationMs)}">\n${suites.join('')}</testsuites>\n`;
};

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/**
 * Escaped for XML 1.0, content and attributes. `visible` has already written out the characters that XML
 * forbids (controls, lone surrogates); U+FFFE and U+FFFF are the ones it leaves.
 */
export function xml(text: string): string {
  return visible(text)
    .replace(/[\ufffe\uffff]/g, '\ufffd')
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

function lines(...parts: readonly (string | undefined)[]): string {
  return parts
    .filter((part) => part !== undefined)
    .map(xml)
    .join('\n');
}

function suite(name: string, report: Report, cases: readonly Case[]): string {
  if (cases.length === 0) return '';
  const properties = `<properties><property name="status" value="${report.status}"/><property name="summary" value="${xml(report.summary)}"/></properties>`;
  const count = (counts: Case['counts']): number => cases.filter((each) => each.counts === counts).length;
  return `<testsuite name="${name}" tests="${cases.length}" failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}" timestamp="${xml(report.startedAt.slice(0, 19))}" time="${seconds(report.durationMs)}">\n${properties}\n${cases.map((each) => each.markup).join('')}</testsuite>\n`;
}

function testcase(
  classname: string,
  name: string,
  ms: number,
  counts: Case['counts'],
  content: string,
): Case {
  return {
    markup: `<testcase classname="${classname}" name="${xml(name)}" time="${seconds(ms)}">${content}</testcase>\n`,
    counts,
  };
}

function probeCase(outcome: Outcome): Case {
  const { probe } = outcome;
  if (outcome.status === 'skipped') {
    const message = xml(`${outcome.reason}; to enable: ${outcome.enable}`);
    return testcase('sessdoctor.probes', probe, 0, 'skipped', `<skipped message="${message}"/>`);
  }
  if (outcome.status === 'failed') {
    const content = `<error type="failed" message="${xml(outcome.reason)}"/>`;
    return testcase('sessdoctor.probes', probe, outcome.durationMs, 'error', content);
  }
  const said = outcome.findings.map((finding) => `${finding.level} ${finding.code}: ${finding.detail}`);
  const blind = outcome.findings.find((finding) => finding.blind);
  const content = `${blind ? `<skipped message="${xml(blind.detail)}"/>` : ''}<system-out>${lines(...said)}</system-out>`;
  return testcase('sessdoctor.probes', probe, outcome.durationMs, blind ? 'skipped' : 'passed', content);
}

function causeCase(cause: RankedCause, report: Report, failOn: RenderOptions['failOn']): Case {
  const classname = 'sessdoctor.causes';
  if (cause.verdict === 'untested')
    return testcase(classname, cause.id, 0, 'skipped', '<skipped message="no evidence either way"/>');
  const threshold = failOn === 'weakness' ? 'possible' : failOn;
  // An amplifier is never the root cause, and the exit code does not know it either.
  const counts = report.causes.includes(cause) && threshold !== 'never' && reaches(cause.verdict, threshold);
  const evidence = [...cause.for, ...cause.against].map(
    (vote) => `${signed(vote.bits)} ${vote.code}: ${vote.detail}`,
  );
  if (!counts) {
    const content = `<system-out>${lines(`${cause.verdict}, ${percent(cause.confidence)}`, ...evidence)}</system-out>`;
    return testcase(classname, cause.id, 0, 'passed', content);
  }
  const steps = cause.doNow.map((step, index) => `${index + 1}. ${step}`);
  const warnings = cause.doNot.map((step) => `- ${step}`);
  const body = lines(cause.story, 'Why:', ...evidence, 'Do now:', ...steps, 'Do not:', ...warnings);
  const message = xml(`${cause.title} (${cause.verdict}, ${percent(cause.confidence)})`);
  const content = `<failure type="${cause.verdict}" message="${message}">${body}</failure>`;
  return testcase(classname, cause.id, 0, 'failure', content);
}

function weaknessCase(weakness: Finding, failOn: RenderOptions['failOn']): Case {
  const name = weakness.subject === undefined ? weakness.code : `${weakness.code} ${weakness.subject}`;
  const fails = failOn === 'weakness';
  const content = fails
    ? `<failure type="weakness" message="${xml(weakness.title)}">${xml(weakness.detail)}</failure>`
    : `<system-out>${lines(weakness.title, weakness.detail)}</system-out>`;
  return testcase('sessdoctor.weaknesses', name, 0, fails ? 'failure' : 'passed', content);
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}
