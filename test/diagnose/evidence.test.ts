import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeLayers } from '../../src/config/config.ts';
import { UsageError } from '../../src/config/errors.ts';
import { readEvidence, withGivenAnew, writeEvidence } from '../../src/diagnose/evidence.ts';
import { reportOf } from '../../src/diagnose/report.ts';
import { type FormatName, renderers } from '../../src/render/index.ts';
import { evidenceOf } from '../score/recorded.ts';

const whole = evidenceOf('two-table-and-rename');

describe('an evidence file that somebody else wrote', () => {
  it.each<[string, object]>([
    ['no tool', { tool: undefined }],
    ['a tool without a version', { tool: { name: 'x' } }],
    ['a change that is nothing', { incident: { ...whole.incident, changes: [null] } }],
    ['a change without words', { incident: { ...whole.incident, changes: [{ at: '2026-11-21' }] } }],
    ['a change at no time', { incident: { ...whole.incident, changes: [{ at: 'soon', what: 'deploy' }] } }],
    [
      'a skipped probe that says not how to enable it',
      { observations: [{ probe: 'redis', status: 'skipped', reason: 'none' }] },
    ],
  ])('with %s is damaged, in words', (_, part) => {
    const text = JSON.stringify({ ...whole, ...part });
    expect(() => readEvidence(text, 'given.json')).toThrow('given.json is cut short or damaged');
  });

  it('is a mistake of the operator or a report in every format, wherever it is odd', async () => {
    const render = await Promise.all(
      Object.keys(renderers).map(async (name) => renderers[name as FormatName]()),
    );
    const odd = fc.constantFrom<unknown>(
      null,
      0,
      -1,
      1e308,
      '',
      'x',
      [],
      {},
      [null],
      '\u001b[31m<b>|`',
      undefined,
    );
    const places = placesIn(whole).filter((path) => path.length > 0);
    fc.assert(
      fc.property(fc.constantFrom(...places), odd, (path, value) => {
        const text = JSON.stringify(withOdd(whole, path, value));
        try {
          const report = reportOf(readEvidence(text, 'given.json'));
          for (const each of render)
            expect(each(report, { width: 80, colorLevel: 0, failOn: 'likely' })).not.toBe('');
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
        }
      }),
      { numRuns: 100 },
    );
  });
});

it('a lifetime given anew holds, whether for Redis or for the database', () => {
  for (const layer of [{ redis: { ttl: 7_200_000 } }, { database: { lifetime: 7_200_000 } }]) {
    const given = new Set(
      Object.entries(layer).map(([section, keys]) => `${section}.${Object.keys(keys).join('')}`),
    );
    const anew = withGivenAnew(whole, mergeLayers([layer]), given);
    expect(anew.settings.sessionTtlMs).toBe(7_200_000);
    expect(readEvidence(writeEvidence(anew), 'x')).toEqual(JSON.parse(writeEvidence(anew)));
  }
});

type Path = readonly (string | number)[];

function placesIn(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const keys = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  return [path, ...keys.flatMap((key) => placesIn((value as Record<string, unknown>)[key], [...path, key]))];
}

function withOdd(value: unknown, path: Path, odd: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return odd;
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) }) as Record<
    string,
    unknown
  >;
  copy[key] = withOdd(copy[key], rest, odd);
  return copy;
}
