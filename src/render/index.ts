/**
 * The output formats by name. A format that is not listed here does not exist.
 *
 * @module
 */
import { renderJson } from './json.ts';
import { renderTerminal } from './terminal.ts';
import type { Renderer } from './renderer.ts';

export const renderers = {
  terminal: async () => renderTerminal,
  json: async () => renderJson,
} as const satisfies Readonly<Record<string, () => Promise<Renderer>>>;

export type FormatName = keyof typeof renderers;
