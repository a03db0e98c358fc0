/**
 * An explanation as text for a terminal, Markdown or JSON.
 *
 * @module
 */
import type { CauseExplanation, CodeExplanation, Explanation } from '../diagnose/explain.ts';
import { jsonText } from './json.ts';
import { code, prose } from './markdown.ts';
import { pageOf } from './page.ts';
import type { RenderOptions } from './renderer.ts';
import { signed } from './view.ts';

/** Headings with their lines; a line is a mark and its words. */
interface Part {
  readonly heading: string;
  readonly lines: readonly (readonly [mark: string, text: string])[];
}

const NATURES: Readonly<Record<CodeExplanation['nature'], string>> = {
  weakness: 'A weakness: a risky setting. It is reported, and never raises a cause.',
  blind: 'It says that the target could not be looked at, which is no sign of health.',
  evidence: 'No cause is weighed by it; it stands in the report for the reader.',
};

export const explanationRenderers: Readonly<
  Record<
    'terminal' | 'markdown' | 'json',
    (explanation: Explanation, options: Pick<RenderOptions, 'width' | 'colorLevel'>) => string
  >
> = {
  terminal(explanation, { width, colorLevel }) {
    const page = pageOf(width, colorLevel);
    page.put(explanation.title, page.paint.bold);
    page.put(aboutOf(explanation), page.paint.dim);
    page.blank();
    page.put(explanation.problem);
    for (const { heading, lines } of partsOf(explanation)) {
      page.heading(heading.toUpperCase());
      for (const [mark, text] of lines) page.item(mark, text);
    }
    return page.text();
  },
  markdown(explanation) {
    const parts = partsOf(explanation).flatMap(({ heading, lines }) => [
      `### ${heading}`,
      lines.map(([mark, text]) => `${bullet(mark.trim())} ${linked(text)}`).join('\n'),
    ]);
    const head = [`## ${prose(explanation.title)}`, prose(aboutOf(explanation)), prose(explanation.problem)];
    return `${[...head, ...parts].join('\n\n')}\n`;
  },
  json: (explanation) => jsonText(explanation),
};

/** Steps stay numbered; bits stand at the start of their line. */
function bullet(mark: string): string {
  if (/^\d+\.$/.test(mark)) return mark;
  return /^[+-]\d/.test(mark) ? `- ${code(mark)}` : '-';
}

/** Addresses of incidents are ours, so they may be links; finding codes are set as code. */
function linked(text: string): string {
  return text
    .split(/(https?:\/\/\S+|\[[a-z]+\/[A-Za-z0-9-]+\])/)
    .map((piece, index) => {
      if (index % 2 === 1) return piece.startsWith('[') ? code(piece.slice(1, -1)) : `<${piece}>`;
      const words = prose(piece);
      return words === '' ? piece : piece.replace(piece.trim(), () => words);
    })
    .join('');
}

function aboutOf(explanation: Explanation): string {
  if (explanation.kind === 'finding')
    return `finding ${explanation.id}, level ${explanation.level}; answers: ${explanation.asks}`;
  const kind = explanation.kind === 'amplifier' ? 'amplifier (never the root cause alone)' : 'cause';
  return `${kind} ${explanation.id}, hop: ${explanation.hop}`;
}

function partsOf(explanation: Explanation): readonly Part[] {
  const parts = explanation.kind === 'finding' ? codeParts(explanation) : causeParts(explanation);
  return parts.filter((part) => part.lines.length > 0);
}

function causeParts(cause: CauseExplanation): readonly Part[] {
  const bullets = (lines: readonly string[]) => lines.map((line) => ['-', line] as const);
  const signs = (all: CauseExplanation['shows']) =>
    all.map((sign) => [signed(sign.bits).padStart(4), `${sign.title} [${sign.code}]`] as const);
  return [
    { heading: 'How it shows (in bits; +1 doubles the odds)', lines: signs(cause.shows) },
    { heading: 'What speaks against it', lines: signs(cause.against) },
    { heading: 'How to confirm', lines: bullets(cause.confirm) },
    { heading: 'Fix, now', lines: cause.fix.map((line, index) => [`${index + 1}.`, line] as const) },
    { heading: 'Do not', lines: cause.doNot.map((line) => ['x', line] as const) },
    { heading: 'Prevention', lines: bullets(cause.prevention) },
    {
      heading: 'It has happened',
      lines: cause.incidents.map(
        (incident) => ['-', `${incident.title}: ${incident.addresses.join(' ')}`] as const,
      ),
    },
  ];
}

function codeParts(finding: CodeExplanation): readonly Part[] {
  const { bearings } = finding;
  return [
    { heading: 'Fix', lines: finding.fix === null ? [] : [['-', finding.fix]] },
    {
      heading: 'What it says about causes (in bits; +1 doubles the odds)',
      lines: bearings.map(({ bits, cause, title }) => [signed(bits).padStart(4), `${title} (${cause})`]),
    },
    {
      heading: 'How it counts',
      lines: finding.nature === 'evidence' && bearings.length > 0 ? [] : [['-', NATURES[finding.nature]]],
    },
    {
      heading: 'Read on',
      lines: bearings
        .filter(({ bits }) => bits > 0)
        .slice(0, 3)
        .map(({ cause }) => ['-', `sessdoctor explain ${cause}`]),
    },
  ];
}
