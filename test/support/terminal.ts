import type { Terminal } from '../../src/cli/command.ts';

export interface TestTerminal extends Terminal {
  /** What went to stdout and to stderr. */
  readonly out: () => string;
  readonly err: () => string;
}

/** A terminal that keeps what is written: 100 columns, no colour. */
export function testTerminal(over: Partial<Terminal> = {}): TestTerminal {
  let out = '';
  let err = '';
  return {
    write: async (text) => void (out += text),
    note: (text) => void (err += `${text}\n`),
    width: 100,
    colorLevel: 0,
    noteColorLevel: 0,
    interactive: false,
    env: {},
    cwd: '/',
    interrupted: new AbortController().signal,
    ...over,
    out: () => out,
    err: () => err,
  };
}
