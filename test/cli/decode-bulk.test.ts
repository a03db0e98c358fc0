import { spawn } from 'node:child_process';
import { generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { binPath, runBin } from '../support/bin.ts';

const folder = mkdtempSync(join(tmpdir(), 'sessdoctor-bulk-'));
const file = join(folder, 'tokens.txt');
const keySet = join(folder, 'jwks.json');
const COPIES = 90;
let block = '';

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

interface Evidence {
  readonly observations: readonly {
    readonly probe: string;
    readonly seen?: {
      readonly before: { readonly groups: readonly { readonly count: number; readonly key: string }[] };
    };
  }[];
}

const groupsIn = (path: string) => {
  const { observations }: Evidence = JSON.parse(readFileSync(path, 'utf8'));
  return observations.find(({ probe }) => probe === 'credentials')?.seen?.before.groups;
};

beforeAll(() => {
  const [mine, old, stranger] = [1, 2, 3].map(() => generateKeyPairSync('rsa', { modulusLength: 2048 }));
  if (!mine || !old || !stranger) throw new Error('three pairs were made');
  block = Array.from({ length: 120 }, (_, index) => {
    const iat = 1_795_200_000 + index;
    const input = `${part({ alg: 'RS256', kid: 'k' })}.${part({ iss: 'https://id.test', iat, exp: iat + 3600 })}`;
    const { privateKey } = [mine, mine, old, stranger][index % 4] ?? mine;
    return `${input}.${sign('sha256', Buffer.from(input), privateKey).toString('base64url')}\n`;
  }).join('');
  writeFileSync(file, block.repeat(COPIES));
  const jwk = (pair: typeof mine, kid: string) => ({ ...pair.publicKey.export({ format: 'jwk' }), kid });
  writeFileSync(keySet, JSON.stringify({ keys: [jwk(mine, 'k'), jwk(old, 'old')] }));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('thousands of tokens with their keys', () => {
  it('are each checked, and the process ends by itself', async () => {
    const { stdout, stderr, exitCode } = await runBin(['decode', file, '--jwks', keySet]);
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    const flat = stdout.replace(/\s+/g, ' ');
    expect(flat).toMatch(/5,400 tokens, jws, RS256, kid k, [^"]*verifies with "k" \(current\)/);
    expect(flat).toMatch(/2,700 tokens, jws, RS256, kid k, [^"]*verifies with "old" \(current\)/);
    expect(flat).toMatch(/2,700 tokens, jws, RS256, kid k, [^"]*verifies with no key given/);
  });

  it('are each checked by diagnose, too', async () => {
    const save = join(folder, 'evidence.json');
    await runBin(['diagnose', '--samples', file, '--jwks', keySet, '--save', save]);
    expect(groupsIn(save)?.map(({ count, key }) => [count, key])).toEqual([
      [5400, 'k'],
      [2700, 'old'],
      [2700, null],
    ]);
  });

  it('stop at Ctrl-C, and what was read until then is shown', async () => {
    const child = spawn(process.execPath, [binPath, 'decode', '-', '--jwks', keySet], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const out: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stdin.on('error', () => {});
    child.stdin.write(block.repeat(COPIES));
    // By then the threads have been started; the input has no end.
    await new Promise((resolve) => child.stdin.write('\n', resolve));
    child.kill('SIGINT');
    const [code] = await once(child, 'close');
    expect(code).toBe(130);
    expect(Buffer.concat(out).toString()).toMatch(/credentials in \d groups|^$/);
  });
});
