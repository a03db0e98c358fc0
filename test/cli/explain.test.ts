import { micromark } from 'micromark';
import { beforeEach, describe, expect, it } from 'vitest';
import { incidentsOf } from '../../src/causes/incidents.ts';
import { causes } from '../../src/causes/index.ts';
import type { Terminal } from '../../src/cli/command.ts';
import { command } from '../../src/cli/commands/explain.ts';
import { explain, explainable } from '../../src/diagnose/explain.ts';

let out = '';
const terminal: Terminal = {
  write: async (text) => void (out += text),
  note: () => {},
  width: 80,
  colorLevel: 0,
  noteColorLevel: 0,
  interactive: false,
  env: {},
  cwd: '/',
  interrupted: new AbortController().signal,
};
const run = (...args: string[]) => command.run(args, {}, terminal);
beforeEach(() => {
  out = '';
});

describe('explain', () => {
  it('tells of a cause: problem, signs, confirmation, fix, prevention and real incidents', async () => {
    expect(await run('store-flushed')).toBe(0);
    const headings = out.split('\n').filter((line) => /^[A-Z][A-Z ,]+(?:\(|$)/.test(line));
    expect(headings.map((line) => line.replace(/ \(.*/, ''))).toEqual([
      'HOW IT SHOWS',
      'WHAT SPEAKS AGAINST IT',
      'HOW TO CONFIRM',
      'FIX, NOW',
      'DO NOT',
      'PREVENTION',
      'IT HAS HAPPENED',
    ]);
    expect(out).toContain('[symptoms/pattern-lost-once]');
    expect(out).toContain('https://github.com/redis-store/redis-store/issues/82');
  });

  it('tells of a code: what it means and which causes it speaks about', async () => {
    await run('symptoms/login-private-window-only');
    expect(out).toContain('finding symptoms/login-private-window-only, level info');
    expect(out).toMatch(/\+\d+ The session cookie changed its name[^+]*\(cookie-identity-changed\)/);
    expect(out).toContain('sessdoctor explain cookie-identity-changed');
  });

  it('lists causes and probes, and the codes of a probe', async () => {
    await run();
    for (const cause of causes) expect(out).toContain(cause.id);
    out = '';
    await run('symptoms');
    expect(out).toContain('symptoms/login-works: Logging in works (info)');
  });

  it('names the nearest when it knows none of that name', async () => {
    await expect(run('store-flushd')).rejects.toThrow(
      'nothing is called "store-flushd"; did you mean store-flushed?',
    );
    await expect(run('\u001b[31mred')).rejects.toThrow('nothing is called "??31mred"');
  });

  it('has something to say about everything that it knows by name, in every format', async () => {
    for (const name of explainable()) {
      const explanation = explain(name);
      expect(explanation?.problem.length).toBeGreaterThan(10);
      for (const format of ['terminal', 'markdown', 'json']) {
        out = '';
        await command.run([name], { format: [format] }, terminal);
        expect(out.length).toBeGreaterThan(50);
      }
      expect(JSON.parse(out)).toEqual(explanation);
    }
  });

  it('writes Markdown with numbered steps and links to the incidents', async () => {
    await command.run(['store-flushed'], { format: ['markdown'] }, terminal);
    const page = micromark(out);
    expect(page).toContain('<ol>');
    expect(page).toContain('<a href="https://github.com/redis-store/redis-store/issues/82">');
    expect(page).toContain(
      '<li><code>+3</code> Old sessions are lost, new ones last <code>symptoms/pattern-lost-once</code></li>',
    );
  });
});

describe('the incidents', () => {
  it('are on record for every root cause, with addresses', () => {
    for (const cause of causes.filter((each) => !each.kind)) {
      const told = incidentsOf(cause.id);
      expect(told.length).toBeGreaterThan(0);
      for (const { title, addresses } of told) {
        expect(title.length).toBeGreaterThan(15);
        expect(addresses.length).toBeGreaterThan(0);
        for (const address of addresses) expect(new URL(address).protocol).toMatch(/^https?:$/);
      }
    }
  });

  it('are all told under the name of a cause', () => {
    const total = causes.reduce((sum, cause) => sum + incidentsOf(cause.id).length, 0);
    expect(total).toBe(77);
  });
});
