/**
 * What a renderer is: a pure function from a report to text.
 *
 * @module
 */
import type { Report } from '../model.ts';

export interface RenderOptions {
  /** Columns. */
  readonly width: number;
  /** chalk's level; only the terminal renderer uses it. */
  readonly colorLevel: 0 | 1 | 2 | 3;
  /** The least sure verdict that counts as a failure where a format knows failures (JUnit, SARIF, GitHub). */
  readonly failOn: 'confirmed' | 'likely' | 'possible' | 'weakness' | 'never';
}

export type Renderer = (report: Report, options: RenderOptions) => string;
