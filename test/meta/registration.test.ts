import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { causes } from '../../src/causes/index.ts';
import { commands } from '../../src/cli/commands/index.ts';
import { probes } from '../../src/probes/index.ts';
import type { FindingDoc } from '../../src/model.ts';
import { renderers } from '../../src/render/index.ts';

const folder = (path: string): string => fileURLToPath(new URL(`../../src/${path}`, import.meta.url));
const modules = (path: string): string[] =>
  readdirSync(folder(path))
    .filter((name) => name.endsWith('.ts') || existsSync(`${folder(path)}/${name}/index.ts`))
    .map((name) => name.replace(/\.ts$/, ''))
    .filter((name) => name !== 'index');

describe('registration', () => {
  it('every probe file stands in THE SEQUENCE (src/probes/index.ts), and only those', () => {
    const listed = probes.map((probe) => probe.id).sort();
    expect(listed).toEqual(
      modules('probes')
        .filter((name) => name !== 'probe')
        .sort(),
    );
  });

  it('the sequence is the path of a session', () => {
    const path = [
      'symptoms',
      'clock',
      'credentials',
      'cookies',
      'edge',
      'replay',
      'redis',
      'database',
      'provider',
      'vantage',
    ];
    const listed = probes.map((probe): string => probe.id).filter((id) => path.includes(id));
    expect(listed).toEqual(path.filter((id) => listed.includes(id)));
  });

  it('every cause file stands in src/causes/index.ts under its own name, and only those', () => {
    const listed = causes.map((cause) => cause.id).sort();
    expect(listed).toEqual(
      modules('causes')
        .filter((name) => !['cause', 'incidents', 'alerts'].includes(name))
        .sort(),
    );
  });

  it('every command file stands in src/cli/commands/index.ts, and only those', () => {
    expect(commands.map((row) => row.name).sort()).toEqual(modules('cli/commands').sort());
  });

  it('every renderer is one file under its own name', () => {
    const present = modules('render');
    expect(Object.keys(renderers).filter((name) => !present.includes(name))).toEqual([]);
  });

  it('every finding says what it means, under a code that stays readable', () => {
    for (const probe of probes)
      for (const [slug, doc] of Object.entries(probe.findings)) {
        expect(slug, probe.id).toMatch(/^[a-zA-Z0-9]+(?:-[a-zA-Z0-9]+)*$/);
        expect(doc.title.length, `${probe.id}/${slug}`).toBeGreaterThan(5);
        expect(doc.why.length, `${probe.id}/${slug}`).toBeGreaterThan(10);
      }
  });

  it('a cause never counts a weakness or a blind look in its favour unless the look itself is evidence', () => {
    const docs = new Map<string, FindingDoc>(
      probes.flatMap((probe) =>
        Object.entries(probe.findings).map(([slug, doc]) => [`${probe.id}/${slug}`, doc] as const),
      ),
    );
    for (const cause of causes)
      for (const [code, weight] of Object.entries(cause.signals)) {
        expect(docs.has(code), `${cause.id} names ${code}`).toBe(true);
        const doc = docs.get(code);
        const speaksFor =
          weight === 'decisive' || weight === 'strong' || weight === 'weak' || Number(weight) > 0;
        if (doc?.weakness) expect(speaksFor, `${cause.id} ← ${code}`).toBe(false);
      }
  });
});
