/**
 * The report as GitHub workflow commands: annotations on a run. For the step summary use
 * `--format markdown=$GITHUB_STEP_SUMMARY`.
 *
 * @module
 */
import { reaches } from '../diagnose/rank.ts';
import type { Renderer } from './renderer.ts';
import { percent, signed, unseen } from './view.ts';
import { clip, visible } from './visible.ts';

/** A step shows this many annotations of a kind; the rest are dropped in silence, so we say it ourselves. */
const MOST_OF_A_KIND = 10;
const MOST_MESSAGE = 4000;

type Kind = 'error' | 'warning' | 'notice';
interface Annotation {
  readonly kind: Kind;
  readonly title: string;
  readonly message: string;
}

export const renderGithub: Renderer = (report, { failOn }) => {
  const threshold = failOn === 'weakness' ? 'possible' : failOn;
  const causes = report.causes
    .filter((cause) => reaches(cause.verdict, 'possible'))
    .map((cause): Annotation => {
      const evidence = cause.for.map((vote) => `${signed(vote.bits)} ${vote.code}: ${vote.detail}`);
      const steps = cause.doNow.map((step, index) => `${index + 1}. ${step}`);
      return {
        kind: threshold !== 'never' && reaches(cause.verdict, threshold) ? 'error' : 'warning',
        title: `${cause.title} (${cause.verdict}, ${percent(cause.confidence)})`,
        message: ['Why:', ...evidence, 'Do now:', ...steps, 'Do not:', ...cause.doNot]
          .map(visible)
          .join('\n'),
      };
    });
  const weaknesses = report.weaknesses.map(
    (weakness): Annotation => ({
      kind: failOn === 'weakness' ? 'error' : 'warning',
      title: `Weakness: ${weakness.title}`,
      message: `${visible(weakness.detail)} [${weakness.code}]`,
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
  const all = [summary, ...causes, ...weaknesses, ...blind];
  return `${(['error', 'warning', 'notice'] as const).flatMap((kind) => limited(kind, all)).join('\n')}\n`;
};

function limited(kind: Kind, all: readonly Annotation[]): string[] {
  const some = all.filter((annotation) => annotation.kind === kind);
  if (some.length <= MOST_OF_A_KIND) return some.map(command);
  const shown = some.slice(0, MOST_OF_A_KIND - 1);
  const rest = some.slice(shown.length).map((annotation) => annotation.title);
  return [...shown, { kind, title: `and ${rest.length} more`, message: rest.map(visible).join('\n') }].map(
    command,
  );
}

function command({ kind, title, message }: Annotation): string {
  return `::${kind} title=${property(visible(title))}::${data(clip(message, MOST_MESSAGE))}`;
}

/** Escaped as a command's data; the message may hold newlines. */
function data(text: string): string {
  return text.replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A');
}

function property(text: string): string {
  return data(text).replace(/:/g, '%3A').replace(/,/g, '%2C');
}
