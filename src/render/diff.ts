/**
 * A comparison of two deploys as text: `sessdoctor.diff/1` as JSON (a contract), for a terminal, and as
 * Markdown for a ticket.
 *
 * @module
 */
import type { Comparison } from '../browser/compare.ts';
import type { SourceSeen } from '../browser/deploy.ts';
import { renderDiffMarkdown } from './diff-markdown.ts';
import { renderDiffTerminal } from './diff-terminal.ts';
import { jsonText } from './json.ts';

export interface DiffReport {
  readonly before: readonly SourceSeen[];
  readonly after: readonly SourceSeen[];
  readonly comparison: Comparison;
  /** Recorded requests that carry a name twice with different values, in sentences. */
  readonly doubled: readonly string[];
}

export interface DiffRenderOptions {
  /** Columns. */
  readonly width: number;
  readonly colorLevel: 0 | 1 | 2 | 3;
}

export type DiffRenderer = (report: DiffReport, options: DiffRenderOptions) => string;

/** The renderers of a diff by name. */
export const diffRenderers = {
  terminal: renderDiffTerminal,
  json: renderDiffJson,
  markdown: renderDiffMarkdown,
} as const satisfies Readonly<Record<string, DiffRenderer>>;

function renderDiffJson({ before, after, comparison, doubled }: DiffReport): string {
  const { cookies, sends, firefox, assumptions, absent, leftOut, cleared, evicted } = comparison;
  return jsonText({
    schema: 'sessdoctor.diff/1',
    sources: { before, after },
    assumptions,
    absent,
    leftOut,
    cookies,
    sends,
    firefox,
    doubled,
    cleared,
    evicted,
  });
}
