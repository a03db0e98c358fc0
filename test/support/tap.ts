/**
 * Writes down what probes see while their tests run against real servers: with OBSERVE=FOLDER in the
 * environment, one file for each look, redacted as an evidence file is, under the name of the test.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Json } from '../../src/model.ts';
import { probes } from '../../src/probes/index.ts';
import type { AnyProbe } from '../../src/probes/probe.ts';

/** What a tapped look holds; the recorded observations are made of these. */
export interface Tapped {
  readonly probe: string;
  readonly recordedAt: string;
  /** The test that looked, and its how manieth look of this probe it was, from 0. */
  readonly test: string;
  readonly look: number;
  readonly seen: Json;
}

const folder = process.env['OBSERVE'];
if (folder !== undefined) {
  mkdirSync(folder, { recursive: true });
  const looks = new Map<string, number>();
  for (const probe of probes as readonly { observe: AnyProbe['observe']; readonly id: string }[]) {
    const observe = probe.observe.bind(probe);
    probe.observe = async (input, io) => {
      const seen = await observe(input, io);
      const test = expect.getState().currentTestName ?? 'before the tests';
      const key = `${probe.id} ${test}`;
      const look = looks.get(key) ?? 0;
      looks.set(key, look + 1);
      const vault = io.vault as typeof io.vault & { redact?(value: Json): Json };
      const tapped: Tapped = {
        probe: probe.id,
        recordedAt: new Date().toISOString(),
        test,
        look,
        seen: vault.redact?.(seen) ?? seen,
      };
      const name = `${probe.id}-${test}-${look}`.replace(/[^\w-]+/g, '_').slice(0, 180);
      writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(tapped, null, 1)}\n`);
      return seen;
    };
  }
}
