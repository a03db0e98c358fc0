/**
 * The report as SARIF 2.1.0. Causes that are at least possible, weaknesses, and evidence that stands in a
 * file are results; probes that did not look are notifications. What knows its file and line points there. What was observed at
 * run time has no line: for it the config file stands in, since code scanning refuses results without a
 * file, and a logical location names the hop.
 *
 * @module
 */
import type { Location, Log, Notification, ReportingDescriptor, Result } from 'sarif';
import { reaches } from '../diagnose/rank.ts';
import type { Finding, RankedCause, Report, Verdict } from '../model.ts';
import { jsonText } from './json.ts';
import type { Renderer } from './renderer.ts';
import { findingOf, percent, placedEvidence, placeOf, signed, unseen } from './view.ts';
import { visible } from './visible.ts';

const CONFIG_FILE = 'sessdoctor.yaml';

export const renderSarif: Renderer = (report) => {
  const causes = [...report.causes, ...report.contributing].filter((cause) =>
    reaches(cause.verdict, 'possible'),
  );
  const weaknesses = new Map(report.weaknesses.map((weakness) => [weakness.code, weakness]));
  const evidence = placedEvidence(report);
  const found = new Map([...weaknesses, ...evidence.map((finding) => [finding.code, finding] as const)]);
  const rules = [...causes.map(causeRule), ...[...found.values()].map(findingRule)];
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
          ...evidence.map((finding) => findingResult(finding, rules, 'evidence')),
          ...report.weaknesses.map((weakness) => findingResult(weakness, rules, 'weakness')),
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

function findingRule(finding: Finding): ReportingDescriptor {
  return { id: finding.code, shortDescription: { text: finding.title } };
}

function causeResult(cause: RankedCause, report: Report, rules: readonly ReportingDescriptor[]): Result {
  const evidence = [...cause.for, ...cause.against].map(
    (vote) => `${signed(vote.bits)} ${vote.code}: ${vote.detail}`,
  );
  const text = `${cause.title} (${cause.verdict}, ${percent(cause.confidence)}).\n${evidence.join('\n')}`;
  const placed = cause.for
    .map((vote) => findingOf(report, vote))
    .find((finding) => finding && placeOf(finding) !== undefined);
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

function findingResult(
  finding: Finding,
  rules: readonly ReportingDescriptor[],
  kind: 'evidence' | 'weakness',
): Result {
  const subject = finding.subject === undefined ? '' : ` ${visible(finding.subject)}`;
  return {
    ruleId: finding.code,
    ruleIndex: rules.findIndex((rule) => rule.id === finding.code),
    level: kind === 'evidence' ? 'warning' : 'note',
    message: { text: visible(`${finding.title}: ${finding.detail}`) },
    locations: [locationOf(finding.code.replace(/\/.*/, ''), finding)],
    partialFingerprints: { [`sessdoctor/${kind}/v1`]: `${finding.code}${subject}` },
  };
}

function levelOf(verdict: Verdict): Result.level {
  if (verdict === 'confirmed') return 'error';
  return verdict === 'likely' ? 'warning' : 'note';
}

function locationOf(hop: string, finding: Finding | undefined): Location {
  const file = finding && placeOf(finding);
  return {
    physicalLocation: {
      artifactLocation: { uri: uriOf(file?.path ?? CONFIG_FILE) },
      region: { startLine: file?.line ?? 1 },
    },
    logicalLocations: [{ name: hop, kind: 'resource' }],
  };
}

/** Relative to the repository, or of the whole machine where a file lies outside. */
function uriOf(path: string): string {
  const uri = encodeURI(path).replaceAll('#', '%23').replaceAll('?', '%3F');
  return path.startsWith('/') ? `file://${uri}` : uri;
}

function notification({ probe, reason, enable }: ReturnType<typeof unseen>[number]): Notification {
  const text = `${probe}: ${reason}${enable ? `; to enable: ${enable}` : ''}`;
  return { level: enable ? 'note' : 'warning', message: { text: visible(text) } };
}

function lineByLine(text: string): string {
  return text.split('\n').map(visible).join('\n');
}
