import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { causes } from '../../src/causes/index.ts';
import { expectGolden } from '../support/golden.ts';

const path = fileURLToPath(new URL('../../fixtures/incidents/score.json', import.meta.url));

describe('score', () => {
  it('is not earned by knowing the incidents: no cause names one', () => {
    const folder = new URL('../../fixtures/incidents/', import.meta.url);
    const index = JSON.parse(readFileSync(new URL('index.json', folder), 'utf8')) as {
      name: string;
      source?: string;
    }[];
    // A lab is named after its finding, so its name is a code as well; the written ones are not.
    const telling = index.flatMap(({ name, source }) => (source ? [name, source] : []));
    const files = causes.map(({ id }) =>
      readFileSync(new URL(`../../src/causes/${id}.ts`, import.meta.url), 'utf8'),
    );
    expect(telling.filter((word) => files.some((text) => text.includes(word)))).toEqual([]);
  });

  it('holds the committed figures, and ranks every recorded incident right', async () => {
    const module: string = './score.js';
    const { score } = (await import(module)) as {
      score(): { wrong: string[]; 'AC@1': number; 'AC@3': number; falseAlarms: number; brier: number };
    };
    const figures = score();
    expect(figures.wrong).toEqual([]);
    expect(figures['AC@1']).toBeGreaterThanOrEqual(0.95);
    expect(figures['AC@3']).toBe(1);
    expect(figures.falseAlarms).toBe(0);
    expect(figures.brier).toBeLessThanOrEqual(0.05);
    expectGolden(path, `${JSON.stringify(figures, null, 2)}\n`);
  });
});
