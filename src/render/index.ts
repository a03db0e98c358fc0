/**
 * The output formats by name, each loaded when it is asked for. A format that is not listed here does not
 * exist.
 *
 * @module
 */
import type { Renderer } from './renderer.ts';

export const renderers = {
  terminal: async () => (await import('./terminal.ts')).renderTerminal,
  json: async () => (await import('./json.ts')).renderJson,
  markdown: async () => (await import('./markdown.ts')).renderMarkdown,
  html: async () => (await import('./html.ts')).renderHtml,
  junit: async () => (await import('./junit.ts')).renderJunit,
  sarif: async () => (await import('./sarif.ts')).renderSarif,
  github: async () => (await import('./github.ts')).renderGithub,
} as const satisfies Readonly<Record<string, () => Promise<Renderer>>>;

export type FormatName = keyof typeof renderers;
