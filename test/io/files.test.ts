import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UsageError } from '../../src/config/errors.ts';
import { filesDoor } from '../../src/io/files.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sessdoctor-files-'));
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

async function put(name: string, bytes: Uint8Array | string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

async function all(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const list: Buffer[] = [];
  for await (const chunk of chunks) list.push(chunk);
  return Buffer.concat(list);
}

describe('files door', () => {
  it('reads what is there, plain and gzip, whatever the name says', async () => {
    const path = await put('plain.gz', 'sid=abc\n');
    const zipped = await put('zipped.log', gzipSync('sid=abc\n'));
    expect((await filesDoor().read(path)).toString()).toBe('sid=abc\n');
    expect((await filesDoor().read(zipped)).toString()).toBe('sid=abc\n');
  });

  it('ends standard input where it is at an interruption, and keeps what had come', async () => {
    const controller = new AbortController();
    const silent = new Readable({ read() {} });
    silent.push('sid=abc\n');
    const got: string[] = [];
    for await (const chunk of filesDoor(() => silent, controller.signal).stream('-')) {
      got.push(chunk.toString());
      controller.abort();
    }
    expect(got).toEqual(['sid=abc\n']);
    expect(silent.destroyed).toBe(true);
  });

  it('reads gzip members in a row as one file', async () => {
    const path = await put('members', Buffer.concat([gzipSync('one\n'), gzipSync('two\n')]));
    expect((await filesDoor().read(path)).toString()).toBe('one\ntwo\n');
  });

  it('gives any bytes back in any slicing, plain or zipped, from stdin', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 400 }),
        fc.integer({ min: 1, max: 50 }),
        fc.boolean(),
        async (bytes, size, zip) => {
          fc.pre(zip || bytes[0] !== 0x1f || bytes[1] !== 0x8b);
          const wire = zip ? gzipSync(bytes) : Buffer.from(bytes);
          const chunks: Buffer[] = [];
          for (let at = 0; at < wire.length; at += size) chunks.push(wire.subarray(at, at + size));
          const door = filesDoor(() => Readable.from(chunks, { objectMode: false }));
          expect(await all(door.stream('-'))).toEqual(Buffer.from(bytes));
        },
      ),
      { numRuns: 60 },
    );
  });

  it.each([
    ['no such file', async () => join(folder, 'nowhere')],
    ['it is a folder', async () => folder],
    ['its gzip data ends too early', async () => put('cut', gzipSync('x'.repeat(5000)).subarray(0, 20))],
    [
      'its gzip data is damaged',
      async () => put('bent', Buffer.from([0x1f, 0x8b, 9, 9, 9, 9, 9, 9, 9, 9, 9])),
    ],
  ])('says which file and why: %s', async (why, make) => {
    const path = await make();
    const failure = await filesDoor()
      .read(path)
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UsageError);
    expect((failure as Error).message).toBe(`cannot read "${path}": ${why}`);
  });

  it('refuses a file that is too large after unzipping, and keeps one that just fits', async () => {
    const bomb = await put('bomb', gzipSync(Buffer.alloc(1_000_000)));
    await expect(filesDoor().read(bomb, 999_999)).rejects.toThrow(`${bomb} is larger than 999,999 bytes`);
    expect(await filesDoor().read(bomb, 1_000_000)).toHaveLength(1_000_000);
  });

  it('hands standard input out once', async () => {
    const door = filesDoor(() => Readable.from([Buffer.from('a'), Buffer.from('b')]));
    expect((await door.stdin()).toString()).toBe('ab');
    await expect(door.read('-')).rejects.toThrow('standard input was asked for twice');
  });

  it('closes a file that its reader leaves early', async () => {
    const path = await put('long', Buffer.alloc(400_000, 'x'));
    let first = 0;
    for await (const chunk of filesDoor().stream(path)) {
      first = chunk.length;
      break;
    }
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThan(400_000);
  });

  it('reads an empty file and a file of one byte', async () => {
    expect(await filesDoor().read(await put('empty', ''))).toHaveLength(0);
    expect((await filesDoor().read(await put('one', 'x'))).toString()).toBe('x');
  });
});
