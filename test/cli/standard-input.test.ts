import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { Interrupted, standardInput, withStandardInput } from '../../src/cli/standard-input.ts';
import type { Report } from '../../src/model.ts';
import { binPath, runBin } from '../support/bin.ts';
import { testTerminal } from '../support/terminal.ts';

const folder = mkdtempSync(join(tmpdir(), 'stdin-'));
afterAll(() => rmSync(folder, { recursive: true }));
const recorded = fileURLToPath(new URL('../../fixtures/incidents/redis-flushed.json', import.meta.url));
writeFileSync(join(folder, 'set-cookie.txt'), 'Set-Cookie: sid=abcdefghijklmnop; Path=/\n');

/** Never ends. */
const silent = (): PassThrough => new PassThrough();
const nobody = (): void => {};

describe('what the command line needs of standard input', () => {
  it('is read once, whole and as it is', async () => {
    const bytes = Buffer.from([0x1f, 0x8b, 0, 255]);
    const input = standardInput(testTerminal(), () => Readable.from([bytes]));
    const learnt: string[] = [];
    const read = await withStandardInput(
      ({ stdin, learn }) => {
        const found = stdin();
        learn(found.toString('latin1'));
        return found;
      },
      input,
      (secret) => learnt.push(secret),
    );
    expect(read).toEqual(bytes);
    expect(learnt).toEqual([bytes.toString('latin1')]);
  });

  it('is not waited for when nothing asks for it', async () => {
    const input = standardInput(testTerminal(), silent);
    const learnt: string[] = [];
    const use = ({ learn }: { learn(secret: string): void }) => {
      learn('from elsewhere');
      return 'done';
    };
    expect(await withStandardInput(use, input, (secret) => learnt.push(secret))).toBe('done');
    expect(learnt).toEqual(['from elsewhere']);
  });

  it('is not waited for when there is another mistake', async () => {
    const input = standardInput(testTerminal(), silent);
    const mistaken = ({ stdin }: { stdin(): Buffer }) => {
      stdin();
      throw new Error('another mistake');
    };
    await expect(withStandardInput(mistaken, input, nobody)).rejects.toThrow('another mistake');
  });

  it('is given up at Ctrl-C', async () => {
    const interrupt = new AbortController();
    const input = standardInput(testTerminal({ interrupted: interrupt.signal }), silent);
    const waiting = withStandardInput(({ stdin }) => stdin(), input, nobody);
    interrupt.abort();
    await expect(waiting).rejects.toBeInstanceOf(Interrupted);
  });

  it('is bounded', async () => {
    const input = standardInput(testTerminal(), () => Readable.from([Buffer.alloc(11)]));
    await expect(input.whole('secrets', 10)).rejects.toThrow('standard input is larger than 10 bytes');
  });

  it('says on a terminal that it waits', async () => {
    const terminal = testTerminal();
    const typed = Object.assign(Readable.from([Buffer.from('typed')]), { isTTY: true });
    await standardInput(terminal, () => typed).whole('secrets', 10);
    expect(terminal.err()).toContain('Ctrl-D ends it');
  });
});

describe('the built bin', () => {
  it('leaves with 130 at Ctrl-C while it waits for a secret', async () => {
    const child = spawn(
      process.execPath,
      [binPath, 'diagnose', '--ntp', 'none', '--redis', 'redis://127.0.0.1:1', '--secret', 'v=-'],
      // The variable makes it speak before it waits.
      { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, SESSDOCTOR_UNKNOWN: '1' } },
    );
    child.stderr.once('data', () => child.kill('SIGINT'));
    const out: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    const code = await new Promise((resolve) => void child.on('close', resolve));
    expect([code, Buffer.concat(out).toString()]).toEqual([130, '']);
  });

  it('takes Ctrl-C for no mistake of the operator', async () => {
    let asked = nobody;
    const server = createServer((_, response) => {
      response.end();
      asked();
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const child = spawn(process.execPath, [binPath, 'diff', url, '-'], { stdio: ['pipe', 'pipe', 'pipe'] });
    // Once: a second Ctrl-C ends the process at once.
    asked = () => {
      asked = nobody;
      child.kill('SIGINT');
    };
    const code = await new Promise((resolve) => void child.on('close', resolve));
    await new Promise((resolve) => void server.close(resolve));
    expect(code).toBe(130);
  });

  it('examines an evidence file from a pipe', async () => {
    const piped = await runBin(['diagnose', '--from', '-', '--format', 'json'], {
      stdin: readFileSync(recorded),
    });
    const named = await runBin(['diagnose', '--from', recorded, '--format', 'json=-']);
    expect(piped.stdout).toBe(named.stdout);
    expect(piped.exitCode).toBe(1);
    const rules = await runBin(['alerts', '--from', '-'], { stdin: readFileSync(recorded) });
    expect(rules.stdout).toContain('For what was found: store-flushed');
  });

  it('replays a sample from a pipe as it does one from a file', async () => {
    const cookies: (string | undefined)[] = [];
    const server = createServer(({ headers }, response) => {
      cookies.push(headers.cookie);
      response.end();
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const run = await runBin(
      ['diagnose', '--ntp', 'none', '--samples', '-', '--replay', url, '--format', 'json'],
      { stdin: gzipSync('Cookie: sid=abcdefghijklmnop\n') },
    );
    await new Promise((resolve) => void server.close(resolve));
    expect(cookies).toContain('sid=abcdefghijklmnop');
    const { probes } = JSON.parse(run.stdout) as Report;
    const codes = probes
      .flatMap((each) => (each.status === 'ran' ? each.findings : []))
      .map(({ code }) => code);
    expect(codes).not.toContain('replay/no-credential');
    expect(codes.filter((code) => code.startsWith('credentials/'))).not.toEqual([]);
  });

  it('takes changes from a pipe', async () => {
    const run = await runBin(['diagnose', '--from', recorded, '--changes', '-', '--format', 'json'], {
      stdin: '2026-11-21T11:50:00Z a deploy from the pipe\n',
    });
    expect((JSON.parse(run.stdout) as Report).timeline?.map(({ what }) => what)).toContain(
      'a deploy from the pipe',
    );
  });

  it.each([
    ['evidence and changes', ['diagnose', '--from', '-', '--changes', '-']],
    [
      'a secret and samples',
      ['diagnose', '--ntp', 'none', '--secret', 'v=-', '--samples', '-', '--skip', 'replay'],
    ],
  ] as const)('gives it to one of %s', async (_, args) => {
    const run = await runBin([...args], { stdin: '2026-11-21T11:50:00Z deploy\n' });
    expect([run.exitCode, run.stdout]).toEqual([2, '']);
    expect(run.stderr).toContain('standard input was asked for twice');
  });
});

describe('- as a file to write', () => {
  it.each([
    ['a report', ['demo', '--format', 'json=-'], '"sessdoctor.report/1"'],
    ['a capture', ['capture', 'set-cookie.txt', '-o', '-'], '"sessdoctor.capture/1"'],
    ['rules', ['alerts', '-o', '-'], 'groups:'],
    ['a starter file', ['init', '-o', '-'], '# sessdoctor.yaml'],
  ] as const)('is standard output for %s', async (_, args, begin) => {
    const run = await runBin([...args], { cwd: folder });
    expect(run.stdout).toContain(begin);
    expect(existsSync(join(folder, '-'))).toBe(false);
  });

  it('is no place for evidence, as the report goes there', async () => {
    const run = await runBin(['diagnose', '--redis', 'redis://127.0.0.1:1', '--save', '-'], { cwd: folder });
    expect([run.exitCode, run.stdout]).toEqual([2, '']);
    expect(run.stderr).toContain('--save takes a file');
    expect(existsSync(join(folder, '-'))).toBe(false);
  });
});
