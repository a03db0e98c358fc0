/**
 * The report as GitHub workflow commands: annotations on a run. For the step summary use
 * `--format markdown=$GITHUB_STEP_SUMMARY`.
 *
 * @module
 */
import { reaches } from '../diagnose/rank.ts';
import type { Renderer } from './renderer.ts';
import { findingOf, percent, type PlaceInFile, placedEvidence, placeOf, signed, unseen } from './view.ts';
import { clip, visible } from './visible.ts';

/** A step shows this many annotations of a kind; the rest are dropped in silence, so we say it ourselves. */
const MOST_OF_A_KIND = 10;
const MOST_MESSAGE = 4000;

type Kind = 'error' | 'warning' | 'notice';
interface Annotation {
  readonly kind: Kind;
  readonly title: string;
  readonly message: string;
  /** What it is about, where that is a line of a file. */
  readonly place?: PlaceInFile | undefined;
}

export const renderGithub: Renderer = (report, { failOn }) => {
  const threshold = failOn === 'weakness' ? 'possible' : failOn;
  const causes = report.causes
    .filter((cause) => reaches(cause.verdict, 'possible'))
    .map((cause): Annotation => {
      const evidence = cause.for.map((vote) => `${signed(vote.bits)} ${vote.code}: ${vote.detail}`);
      const places = cause.for
        .map((vote) => findingOf(report, vote))
        .flatMap((finding) => (finding && placeOf(finding)) ?? []);
      const steps = cause.doNow.map((step, index) => `${index + 1}. ${step}`);
      return {
        kind: threshold !== 'never' && reaches(cause.verdict, threshold) ? 'error' : 'warning',
        title: `${cause.title} (${cause.verdict}, ${percent(cause.confidence)})`,
        message: ['Why:', ...evidence, 'Do now:', ...steps, 'Do not:', ...cause.doNot]
          .map(visible)
          .join('\n'),
        place: places[0],
      };
    });
  const weaknesses = report.weaknesses.map(
    (weakness): Annotation => ({
      kind: failOn === 'weakness' ? 'error' : 'warning',
      title: `Weakness: ${weakness.title}`,
      message: `${visible(weakness.detail)} [${weakness.code}]`,
      place: placeOf(weakness),
    }),
  );
  const evidence = placedEvidence(report).map(
    (finding): Annotation => ({
      kind: 'warning',
      title: finding.title,
      message: `${visible(finding.detail)} [${finding.code}]`,
      place: placeOf(finding),
    }),
  );
  const blind = unseen(report).map(
    ({ probe, reason, enable }): Annotation => ({
      kind: enable ? 'notice' : 'warning',
      title: `Not looked at: ${probe}`,
      message: visible(`${reason}${enable ? `; to enable: ${enable}` : ''}`),
    }),
  );
  const summary: Annotation = {
    kind: 'notice',
    title: `sessdoctor: ${report.status}`,
    message: visible(report.summary),
  };
  const all = [summary, ...causes, ...evidence, ...weaknesses, ...blind];
  return `${(['error', 'warning', 'notice'] as const).flatMap((kind) => limited(kind, all)).join('\n')}\n`;
};

function limited(kind: Kind, all: readonly Annotation[]): string[] {
  const some = all.filter((annotation) => annotation.kind === kind);
  if (some.length <= MOST_OF_A_KIND) return some.map(command);
  const shown = some.slice(0, MOST_OF_A_KIND - 1);
  return [
    ...shown,
    { kind, title: `and ${some.length - shown.length} more`, message: listed(some.slice(shown.length)) },
  ].map(command);
}

/** What is not shown one by one: each title once, with all its places. */
function listed(rest: readonly Annotation[]): string {
  const titles = new Map<string, string[]>();
  for (const { title, place } of rest) {
    const places = titles.get(title) ?? [];
    titles.set(title, place ? [...places, `${place.path}:${place.line}`] : places);
  }
  return [...titles]
    .map(([title, places]) => visible(places.length > 0 ? `${title}: ${places.join(', ')}` : title))
    .join('\n');
}

function command({ kind, title, message, place }: Annotation): string {
  const where = place ? `file=${property(place.path)},line=${place.line},` : '';
  return `::${kind} ${where}title=${property(visible(title))}::${data(clip(message, MOST_MESSAGE))}`;
}

/** Escaped as a command's data; the message may hold newlines. */
function data(text: string): string {
  return text.replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A');
}

function property(text: string): string {
  return data(text).replace(/:/g, '%3A').replace(/,/g, '%2C');
}
