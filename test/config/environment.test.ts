import { describe, expect, it } from 'vitest';
import { fromEnvironment, unknownVariables } from '../../src/config/environment.ts';
import { configOptions, runOptions } from '../../src/config/options.ts';
import { looksSecret, quoted } from '../../src/config/word.ts';
import { runBin } from '../support/bin.ts';

describe('environment', () => {
  it('sets every option, words split where it takes several', () => {
    const env = {
      SESSDOCTOR_FORMAT: 'json markdown=x.md',
      SESSDOCTOR_FAIL_ON: 'weakness',
      SESSDOCTOR_SAVE: '',
    };
    expect(fromEnvironment(runOptions, env)).toEqual({
      format: ['json', 'markdown=x.md'],
      'fail-on': 'weakness',
    });
    expect(fromEnvironment(configOptions, { SESSDOCTOR_NTP: 'a,b' })).toEqual({ ntp: ['a', 'b'] });
  });

  it('names a variable that nothing reads', () => {
    expect(unknownVariables({ SESSDOCTOR_REDSI: 'x', PATH: '/bin', SESSDOCTOR_REDIS: 'y' })).toEqual([
      'sessdoctor: SESSDOCTOR_REDSI is ignored: no option reads it; did you mean SESSDOCTOR_REDIS?',
    ]);
  });

  it('steers a run as the flag would, and the flag wins', async () => {
    const env = { SESSDOCTOR_FORMAT: 'json', SESSDOCTOR_SYMPTOM: 'login=works', SESSDOCTOR_NTP: 'none' };
    const json = await runBin(['diagnose'], { env });
    expect(JSON.parse(json.stdout)).toMatchObject({ schema: 'sessdoctor.report/1' });
    const flag = await runBin(['diagnose', '--format', 'markdown'], { env });
    expect(flag.stdout).toMatch(/^#/);
  });
});

describe('words in messages', () => {
  it.each([
    'eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.c2ln',
    's%3Aabc.def',
    'sid=4f1c2d',
    'Bearer abcdef',
    'a'.repeat(40),
    '/tmp/eyJhbGciOiJIUzI1NiJ9.e30.x/../sid=abc',
  ])('does not repeat %s', (word) => {
    expect(looksSecret(word)).toBe(true);
    expect(quoted(word)).not.toContain(word);
  });

  it.each([
    'old-cookies.txt',
    './fixtures/prod.har',
    'yesterday',
    'jsn',
    '/var/log/app/2026-11-21T03-00.ndjson',
  ])('repeats %s', (word) => {
    expect(quoted(word)).toBe(`"${word}"`);
  });
});
