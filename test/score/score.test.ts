import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { expectGolden } from '../support/golden.ts';

const path = fileURLToPath(new URL('../../fixtures/incidents/score.json', import.meta.url));

describe('score', () => {
  it('holds the committed figures, and ranks every recorded incident right', async () => {
    const module: string = './score.js';
    const { score } = (await import(module)) as {
      score(): { wrong: string[]; 'AC@1': number; brier: number };
    };
    const figures = score();
    expect(figures.wrong).toEqual([]);
    expect(figures['AC@1']).toBeGreaterThanOrEqual(0.95);
    expect(figures.brier).toBeLessThanOrEqual(0.05);
    expectGolden(path, `${JSON.stringify(figures, null, 2)}\n`);
  });
});
