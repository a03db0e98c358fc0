import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UsageError } from '../../src/config/errors.ts';
import { loadConfig, prepareYaml } from '../../src/config/load.ts';
import { readEvidence, withGivenAnew, writeEvidence } from '../../src/diagnose/evidence.ts';
import { exitCode } from '../../src/diagnose/exit-code.ts';
import { reportOf } from '../../src/diagnose/report.ts';
import { type Doors, type RunRequest, run } from '../../src/diagnose/run.ts';
import { openDoors } from '../../src/io/doors.ts';
import { createVault } from '../../src/io/vault.ts';

let folder: string;
const env = { NEW: 'new-secret-new-secret', OLD: 'old-secret-old-secret' };

beforeAll(async () => {
  await prepareYaml();
  folder = mkdtempSync(join(tmpdir(), 'sessdoctor-run-'));
  const now = Math.floor(Date.now() / 1000);
  const token = await new SignJWT({ sub: '4711' })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuedAt(now - 600)
    .setExpirationTime(now + 3600)
    .sign(Buffer.from(env.OLD));
  writeFileSync(join(folder, 'old.txt'), `${token}\n`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function request(flags: Record<string, string | string[]>, doors: Partial<Doors> = {}): RunRequest {
  const vault = createVault();
  const { config } = loadConfig({
    flags: { ntp: ['none'], ...flags },
    env,
    cwd: folder,
    learn: (secret) => vault.learn(secret),
  });
  return {
    config,
    doors: { ...openDoors(), ...doors },
    vault,
    tool: { name: 'sessdoctor', version: '0.0.0' },
    interrupted: new AbortController().signal,
  };
}

const rotated = {
  samples: ['old.txt'],
  secret: ['v2=env:NEW'],
  'previous-secret': ['v1=env:OLD'],
};
const forever = (): Promise<never> => new Promise(() => {});
async function* silence(): AsyncGenerator<Buffer> {
  yield await forever();
}

describe('run', () => {
  it('gives the same report, byte for byte, from the saved evidence', async () => {
    const evidence = await run(request(rotated));
    const live = JSON.stringify(reportOf(evidence));
    expect(JSON.stringify(reportOf(readEvidence(writeEvidence(evidence), 'x')))).toBe(live);
    expect(reportOf(evidence).causes[0]).toMatchObject({
      id: 'secret-rotated-no-grace',
      verdict: 'confirmed',
    });
  });

  it('takes incident and symptoms given anew, and keeps what was observed and when', async () => {
    const evidence = await run(request(rotated));
    const given = request({ since: '2026-01-01T03:00:00Z', symptom: ['login=works'] }).config;
    const anew = reportOf(withGivenAnew(evidence, given, new Set(['incident.since', 'incident.symptoms'])));
    expect(anew.since).toBe('2026-01-01T03:00:00.000Z');
    expect(anew.startedAt).toBe(evidence.startedAt);
    expect(anew.probes[0]).toMatchObject({ probe: 'symptoms', status: 'ran' });
  });

  it('a probe whose door never answers costs its deadline, not the run', async () => {
    const evidence = await run(
      request(
        { ...rotated, timeout: '200ms' },
        {
          files: {
            read: forever,
            stdin: forever,
            stream: silence,
            list: forever,
            head: forever,
            fromRepository: forever,
          },
        },
      ),
    );
    const report = reportOf(evidence);
    const outcome = report.probes.find(({ probe }) => probe === 'credentials');
    expect(outcome).toMatchObject({ status: 'failed' });
    expect(JSON.stringify(outcome)).toContain('did not finish within 200ms');
    expect(report.status).toBe('incomplete');
    expect(exitCode(report, 'likely')).toBe(3);
  });

  it('the run has a deadline too: probes whose turn never came say so', async () => {
    const evidence = await run(
      request(
        { ...rotated, timeout: '10s', deadline: '150ms', redis: 'redis://127.0.0.1:1' },
        {
          files: {
            read: forever,
            stdin: forever,
            stream: silence,
            list: forever,
            head: forever,
            fromRepository: forever,
          },
        },
      ),
    );
    const later = evidence.observations.filter(({ status }) => status === 'failed');
    expect(later.length).toBeGreaterThan(0);
    expect(JSON.stringify(later)).toMatch(/deadline|did not finish/);
  });

  it('a fault of one probe is its outcome, without the secret that its message held', async () => {
    const broken = async (): Promise<never> => {
      throw new TypeError(`cannot do a thing with ${env.OLD}`);
    };
    const evidence = await run(
      request(rotated, {
        files: {
          read: broken,
          stdin: broken,
          list: broken,
          head: broken,
          fromRepository: broken,
          stream: () => ({ [Symbol.asyncIterator]: () => ({ next: broken }) }),
        },
      }),
    );
    const text = JSON.stringify(evidence);
    expect(text).toContain('a fault of the probe itself');
    expect(text).not.toContain(env.OLD);
    expect(evidence.redactions).toBeGreaterThan(0);
  });

  it('an operator’s mistake found while observing ends the run as a mistake', async () => {
    writeFileSync(join(folder, 'prose.txt'), 'nothing here\n');
    await expect(run(request({ ...rotated, samples: ['prose.txt'] }))).rejects.toBeInstanceOf(UsageError);
  });

  it('Ctrl-C keeps what was found so far', async () => {
    const controller = new AbortController();
    controller.abort();
    const evidence = await run({ ...request(rotated), interrupted: controller.signal });
    expect(JSON.stringify(evidence.observations)).toContain('interrupted');
    expect(reportOf(evidence).schema).toBe('sessdoctor.report/1');
  });
});
