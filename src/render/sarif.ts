/**
 * The report as SARIF 2.1.0. Causes that are at least possible and weaknesses are results; probes that did
 * not look are notifications. A finding that knows its file and line points there. What was observed at
 * run time has no line: for it the config file stands in, since code scanning refuses results without a
 * file, and a logical location names the hop.
 *
 * @module
 */
import type { Location, Log, Notification, ReportingDescriptor, Result } from 'sarif';
import { reaches } from '../diagnose/rank.ts';
import type { Finding, Json, RankedCause, Report, Verdict } from '../model.ts';
import { jsonText } from './json.ts';
import type { Renderer } from './renderer.ts';
import { findingOf, percent, signed, unseen } from './view.ts';
import { visible } from './visible.ts';

const CONFIG_FILE = 'sessdoctor.yaml';

export const renderSarif: Renderer = (report) => {
  const causes = [...report.causes, ...report.contributing].filter((cause) =>
    reaches(cause.verdict, 'possible'),
  );
  const weaknesses = new Map(report.weaknesses.map((weakness) => [weakness.code, weakness]));
  const rules = [...causes.map(causeRule), ...[...weaknesses.values()].map(weaknessRule)];
  const log: Log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: report.tool.name, semanticVersion: report.tool.version, rules } },
        columnKind: 'utf16CodeUnits',
        invocations: [
          {
            executionSuccessful: report.probes.every((outcome) => outcome.status !== 'failed'),
            startTimeUtc: report.startedAt,
            endTimeUtc: new Date(Date.parse(report.startedAt) + report.durationMs).toISOString(),
            toolExecutionNotifications: unseen(report).map(notification),
          },
        ],
        results: [
          ...causes.map((cause) => causeResult(cause, report, rules)),
          ...report.weaknesses.map((weakness) => weaknessResult(weakness, rules)),
        ],
        properties: { status: report.status, summary: visible(report.summary) },
      },
    ],
  };
  return jsonText(log);
};

function causeRule(cause: RankedCause): ReportingDescriptor {
  return {
    id: cause.id,
    shortDescription: { text: cause.title },
    fullDescription: { text: cause.story },
    help: {
      text: ['Do now:', ...cause.doNow, 'Do not:', ...cause.doNot, 'Prevent:', ...cause.prevent]
        .map(visible)
        .join('\n'),
    },
    properties: { tags: ['session', cause.hop] },
  };
}

function weaknessRule(weakness: Finding): ReportingDescriptor {
  return { id: weakness.code, shortDescription: { text: weakness.title } };
}

function causeResult(cause: RankedCause, report: Report, rules: readonly ReportingDescriptor[]): Result {
  const evidence = [...cause.for, ...cause.against].map(
    (vote) => `${signed(vote.bits)} ${vote.code}: ${vote.detail}`,
  );
  const text = `${cause.title} (${cause.verdict}, ${percent(cause.confidence)}).\n${evidence.join('\n')}`;
  const placed = cause.for
    .map((vote) => findingOf(report, vote))
    .find((finding) => finding && fileOf(finding) !== undefined);
  return {
    ruleId: cause.id,
    ruleIndex: rules.findIndex((rule) => rule.id === cause.id),
    level: levelOf(cause.verdict),
    message: { text: lineByLine(text) },
    locations: [locationOf(cause.hop, placed)],
    partialFingerprints: { 'sessdoctor/cause/v1': cause.id },
    rank: Math.round(cause.confidence * 100),
  };
}

function weaknessResult(weakness: Finding, rules: readonly ReportingDescriptor[]): Result {
  const subject = weakness.subject === undefined ? '' : ` ${visible(weakness.subject)}`;
  return {
    ruleId: weakness.code,
    ruleIndex: rules.findIndex((rule) => rule.id === weakness.code),
    level: 'note',
    message: { text: visible(`${weakness.title}: ${weakness.detail}`) },
    locations: [locationOf(weakness.code.replace(/\/.*/, ''), weakness)],
    partialFingerprints: { 'sessdoctor/weakness/v1': `${weakness.code}${subject}` },
  };
}

function levelOf(verdict: Verdict): Result.level {
  if (verdict === 'confirmed') return 'error';
  return verdict === 'likely' ? 'warning' : 'note';
}

function locationOf(hop: string, finding: Finding | undefined): Location {
  const file = finding && fileOf(finding);
  return {
    physicalLocation: {
      artifactLocation: { uri: encodeURI(file?.path ?? CONFIG_FILE) },
      region: { startLine: file?.line ?? 1 },
    },
    logicalLocations: [{ name: hop, kind: 'resource' }],
  };
}

/** A finding about a file says so in its data: `{ file, line }`. */
function fileOf(finding: Finding): { readonly path: string; readonly line: number } | undefined {
  const { data } = finding;
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return undefined;
  const { file, line } = data as { readonly [key: string]: Json | undefined };
  if (typeof file !== 'string' || file === '') return undefined;
  const whole = typeof line === 'number' && Number.isInteger(line) && line > 0 ? line : 1;
  return { path: visible(file), line: whole };
}

function notification({ probe, reason, enable }: ReturnType<typeof unseen>[number]): Notification {
  const text = `${probe}: ${reason}${enable ? `; to enable: ${enable}` : ''}`;
  return { level: enable ? 'note' : 'warning', message: { text: visible(text) } };
}

function lineByLine(text: string): string {
  return text.split('\n').map(visible).join('\n');
}
