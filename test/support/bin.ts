import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface BinRun {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | null;
}

export interface BinOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string | Buffer;
  /** Runs the bin under this command, e.g. faketime and its arguments. */
  readonly under?: readonly string[];
}

export const binPath = fileURLToPath(new URL('../../bin/sessdoctor.js', import.meta.url));

/** Runs the built bin as a whole process, as a user would, and waits for it to end. */
export async function runBin(args: readonly string[], options: BinOptions = {}): Promise<BinRun> {
  const [command = process.execPath, ...rest] = [
    ...(options.under ?? []),
    process.execPath,
    binPath,
    ...args,
  ];
  const child = spawn(command, rest, {
    cwd: options.cwd,
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '/', TZ: 'UTC', ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  child.stdin.on('error', () => {});
  child.stdin.end(options.stdin ?? '');
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  return { stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString(), exitCode };
}
