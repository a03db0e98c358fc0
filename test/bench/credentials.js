// Tokens at volume: reading, recognising, decoding and summarising a file of three million JWTs, against jose's
// decodeJwt alone and JSON.parse of the payload alone on the same lines; and checking signatures, one
// process, one token after the other, against `openssl speed` of the same primitive.
import { execFileSync } from 'node:child_process';
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { createReadStream, createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJwt } from 'jose';

const dist = new URL('../../dist/', import.meta.url);
const TOKENS = 3_000_000;
/** Checks between two looks at the clock, and how long signatures are checked, as long as the peer. ms */
const CHECKS = 1000;
const CHECKED_MS = 2000;

const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A file of HS256 tokens of two kids, under a gigabyte. */
async function writeTokens(path) {
  const heads = ['k1', 'k2'].map((kid) => part({ alg: 'HS256', typ: 'JWT', kid }));
  const out = createWriteStream(path);
  let lines = '';
  for (let i = 0; i < TOKENS; i++) {
    const iat = 1_795_200_000 + i;
    const claims = { iss: 'https://id.example.com', aud: 'web', sub: `user-${i}`, iat, exp: iat + 3600 };
    const input = `${heads[i & 1]}.${part(claims)}`;
    lines += `${input}.${createHmac('sha256', 'secret').update(input).digest('base64url')}\n`;
    if (lines.length > 1_000_000) {
      if (!out.write(lines)) await once(out, 'drain');
      lines = '';
    }
  }
  out.end(lines);
  await once(out, 'close');
}

async function eachLine(path, use) {
  const { splitLines } = await import(new URL('parse/lines.js', dist));
  for await (const lines of splitLines(createReadStream(path, { highWaterMark: 1 << 18 })))
    for (const line of lines) use(line);
}

/** As the probe does: what repeats is counted, anything else is read whole. */
async function summarise(path, quick) {
  const [{ readSamples }, { recognise }, { PopulationBuilder }, { Repeats }] = await Promise.all(
    [
      'parse/samples.js',
      'formats/index.js',
      'probes/credentials/population.js',
      'probes/credentials/repeats.js',
    ].map((module) => import(new URL(module, dist))),
  );
  const builder = new PopulationBuilder();
  const repeats = new Repeats({
    builder,
    keys: [],
    extras: { salts: [] },
    wanted: () => builder.count < 500,
  });
  const taken = quick ? (bytes, from, to) => repeats.take(bytes, from, to) : undefined;
  for await (const batch of readSamples(createReadStream(path, { highWaterMark: 1 << 18 }), { taken }))
    for (const carried of batch)
      builder.add(
        carried.name,
        carried.value.length,
        recognise(carried).reading,
        { verified: 'no-key' },
        () => '',
      );
  if (builder.count !== TOKENS) throw new Error(`${builder.count} tokens read of ${TOKENS}`);
}

/** Tokens a second, and a second of processor: on a busy machine only the latter means something. */
async function rate(number, work) {
  const [started, cpu] = [performance.now(), process.cpuUsage()];
  await work();
  const used = process.cpuUsage(cpu);
  return {
    wall: number / ((performance.now() - started) / 1000),
    cpu: number / ((used.user + used.system) / 1_000_000),
  };
}

/** Calls a second of processor, over the time that `openssl speed` takes, after as many to warm up. */
function rateOf(work) {
  for (let i = 0; i < CHECKS; i++) work();
  const [started, cpu] = [performance.now(), process.cpuUsage()];
  let done = 0;
  for (; performance.now() - started < CHECKED_MS; done += CHECKS) for (let i = 0; i < CHECKS; i++) work();
  const used = process.cpuUsage(cpu);
  return { cpu: done / ((used.user + used.system) / 1_000_000) };
}

const shown = (number) => Math.round(number).toLocaleString('en').padStart(10);

/** Operations a second that `openssl speed` says for one core, or undefined when it is not there. */
function openssl(...args) {
  try {
    const text = execFileSync('openssl', ['speed', '-seconds', '2', '-mr', ...args], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return text.toString();
  } catch {
    return '';
  }
}

async function checks() {
  const { verifyJws } = await import(new URL('formats/jws.js', dist));
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const ec = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const input = `${part({ alg: 'x', kid: 'k' })}.${part({ sub: 'user', iat: 1, exp: 2, pad: 'x'.repeat(90) })}`;
  const algs = {
    HS256: {
      key: { how: '', bytes: Buffer.from('secret of the app') },
      mac: createHmac('sha256', 'secret of the app').update(input).digest(),
      peer: () => {
        const bytes = /\+F:.*:hmac\(?sha256\)?:([\d.]+)/i.exec(
          openssl('-bytes', '256', '-hmac', 'sha256'),
        )?.[1];
        return bytes === undefined ? undefined : Number(bytes) / 256;
      },
    },
    RS256: {
      key: { how: '', bytes: Buffer.alloc(0), object: rsa.publicKey },
      mac: sign('sha256', Buffer.from(input), rsa.privateKey),
      peer: () => Number(/^\+F2:\d+:2048:[\d.]+:([\d.]+)/m.exec(openssl('rsa2048'))?.[1]) || undefined,
    },
    ES256: {
      key: { how: '', bytes: Buffer.alloc(0), object: ec.publicKey },
      mac: sign('sha256', Buffer.from(input), { key: ec.privateKey, dsaEncoding: 'ieee-p1363' }),
      peer: () => Number(/^\+F4:\d+:256:[\d.]+:([\d.]+)/m.exec(openssl('ecdsap256'))?.[1]) || undefined,
    },
  };
  const lines = [];
  for (const [alg, { key, mac, peer }] of Object.entries(algs)) {
    const signature = mac.toString('base64url');
    const ours = rateOf(() => {
      if (!verifyJws(alg, input, signature, key)) throw new Error(`${alg} does not verify`);
    });
    const theirs = peer();
    const ratio =
      theirs === undefined
        ? 'openssl speed gave no figure'
        : `${((100 * ours.cpu) / theirs).toFixed(0)} % of openssl speed (${shown(theirs).trim()}/s)`;
    lines.push(`${alg} checked   ${shown(ours.cpu)} /s of processor   ${ratio}`);
  }
  return lines;
}

/** Lines: rates side by side, peak memory, signature checks. */
export async function bench() {
  const folder = mkdtempSync(join(tmpdir(), 'sessdoctor-bench-'));
  const path = join(folder, 'tokens.txt');
  try {
    await writeTokens(path);
    const rows = {
      'recognise + decode + summarise': await rate(TOKENS, () => summarise(path, true)),
      'the same, each token read whole': await rate(TOKENS, () => summarise(path, false)),
      'jose decodeJwt alone': await rate(TOKENS, () => eachLine(path, decodeJwt)),
      'JSON.parse(base64url) alone': await rate(TOKENS, () =>
        eachLine(path, (line) => JSON.parse(Buffer.from(line.split('.', 2)[1], 'base64url'))),
      ),
    };
    const floor = rows['JSON.parse(base64url) alone'].cpu;
    return [
      ...Object.entries(rows).map(
        ([name, { wall, cpu }]) =>
          `${name.padEnd(31)} ${shown(wall)} /s   ${shown(cpu)} /s of processor   ${(cpu / floor).toFixed(2)} × JSON.parse`,
      ),
      `peak memory of this process ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB`,
      ...(await checks()),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}
