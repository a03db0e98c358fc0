import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { causes } from '../../src/causes/index.ts';
import { writeEvidence } from '../../src/diagnose/evidence.ts';
import { compose } from './compose.ts';
import { written } from './written.ts';

const folder = fileURLToPath(new URL('../../fixtures/incidents/', import.meta.url));
const index = `${folder}index.json`;
const record = process.env['RECORD'] === '1';

interface Entry {
  readonly name: string;
  readonly causes: readonly string[];
  readonly source?: string;
}
const entries = (): readonly Entry[] => JSON.parse(readFileSync(index, 'utf8')) as Entry[];

describe('written incidents', () => {
  it('stand in the index behind the recorded ones, with where they were told', () => {
    const wanted = [
      ...entries().filter(({ source }) => source === undefined),
      ...written.map(({ name, title, causes: ids, plausible, source }) => ({
        name,
        title,
        demo: false,
        causes: ids,
        ...(plausible && { plausible }),
        source,
      })),
    ];
    if (record) writeFileSync(index, `${JSON.stringify(wanted, null, 2)}\n`);
    expect(entries()).toEqual(wanted);
  });

  it.each(written)('$name holds nothing but what was observed and told', (incident) => {
    const text = writeEvidence(compose(incident));
    const path = `${folder}${incident.name}.json`;
    if (record) writeFileSync(path, text);
    expect(readFileSync(path, 'utf8')).toBe(text);
    expect(text.length).toBeLessThan(60_000);
  });

  it('every cause has at least two incidents, and ten systems are healthy or merely risky', () => {
    const all = entries();
    const few = causes
      .filter(({ kind }) => kind === undefined)
      .filter(({ id }) => all.filter((entry) => entry.causes.includes(id)).length < 2)
      .map(({ id }) => id);
    expect(few).toEqual([]);
    expect(all.filter((entry) => entry.causes.length === 0).length).toBeGreaterThanOrEqual(10);
    expect(all.filter((entry) => entry.causes.length > 1).length).toBeGreaterThanOrEqual(4);
  });
});
