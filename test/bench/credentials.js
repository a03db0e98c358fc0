// Tokens at volume: reading, recognising, decoding and summarising a file of three million JWTs, against jose's
// decodeJwt alone and JSON.parse of the payload alone on the same lines; and checking signatures against
// `openssl speed` of the same primitive: a file of tokens with its key, as `decode` and `diagnose` read it,
// by the clock; and one token after the other on one thread, by the processor.
import { execFileSync } from 'node:child_process';
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { createReadStream, createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJwt } from 'jose';

const dist = new URL('../../dist/', import.meta.url);
const TOKENS = 3_000_000;
/** Checks between two looks at the clock, and how long signatures are checked, as long as the peer. ms */
const CHECKS = 1000;
const CHECKED_MS = 2000;
/** Tokens of a file whose signatures are checked; so many are made, and come again and again. */
const SIGNED = 200_000;
const MADE = 2000;

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

/** As the probe does: what repeats is counted, anything else is read whole; with keys, all are checked. */
async function summarise(path, quick, keys = []) {
  const [{ readSamples }, { recognise }, { PopulationBuilder }, { Repeats }, { verdictOf }] =
    await Promise.all(
      [
        'parse/samples.js',
        'formats/index.js',
        'probes/credentials/population.js',
        'probes/credentials/repeats.js',
        'probes/credentials/verdict.js',
      ].map((module) => import(new URL(module, dist))),
    );
  const builder = new PopulationBuilder();
  const extras = { salts: [] };
  const repeats = new Repeats({ builder, keys, extras, wanted: () => builder.count < 500 });
  const taken = quick ? (bytes, from, to) => repeats.take(bytes, from, to) : undefined;
  const read = (carried) => {
    const { reading } = recognise(carried);
    builder.add(carried.name, carried.value.length, reading, verdictOf(reading, keys, extras), () => '');
  };
  for await (const batch of readSamples(createReadStream(path, { highWaterMark: 1 << 18 }), { taken })) {
    for (const carried of batch) read(carried);
    for (const value of await repeats.back()) read({ name: null, value });
  }
  for (const value of await repeats.rest()) read({ name: null, value });
  await repeats.close();
  return builder.done([]);
}

/** A file of tokens of one alg, and the key that verifies all of them. */
async function writeSigned(path, alg, { publicKey, privateKey }) {
  const lines = Array.from({ length: MADE }, (_, i) => {
    const iat = 1_795_200_000 + i;
    const claims = { iss: 'https://id.example.com', aud: 'web', sub: `user-${i}`, iat, exp: iat + 3600 };
    const input = `${part({ alg, typ: 'JWT', kid: 'k' })}.${part(claims)}`;
    const signature = sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' });
    return `${input}.${signature.toString('base64url')}\n`;
  }).join('');
  const out = createWriteStream(path);
  for (let i = 0; i < SIGNED; i += MADE) if (!out.write(lines)) await once(out, 'drain');
  out.end();
  await once(out, 'close');
  const material = { how: 'public key', bytes: Buffer.alloc(0), object: publicKey, kid: 'k' };
  return [{ name: 'k', generation: 'current', from: 'jwks', materials: [material] }];
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

/** What `openssl speed` prints, for one core or for several; nothing when it is not there. */
function openssl(...args) {
  try {
    return execFileSync('openssl', ['speed', '-seconds', '2', '-mr', ...args], {
      stdio: ['ignore', 'pipe', 'ignore'],
    }).toString();
  } catch {
    return '';
  }
}

/** Each alg's peer: operations a second that `openssl speed` says, with more arguments of its own. */
const PEERS = {
  HS256: (...args) => {
    const text = openssl('-bytes', '256', ...args, '-hmac', 'sha256');
    return Number(/\+F:.*:hmac\(?sha256\)?:([\d.]+)/i.exec(text)?.[1]) / 256;
  },
  RS256: (...args) => Number(/^\+F2:\d+:2048:[\d.]+:([\d.]+)/m.exec(openssl(...args, 'rsa2048'))?.[1]),
  ES256: (...args) => Number(/^\+F4:\d+:256:[\d.]+:([\d.]+)/m.exec(openssl(...args, 'ecdsap256'))?.[1]),
};

const against = (ours, peer) =>
  peer > 0
    ? `${((100 * ours) / peer).toFixed(0)} % of openssl speed (${shown(peer).trim()}/s)`
    : 'openssl speed gave no figure';

/** Whole files with their key: read, recognised, checked by threads and summarised. By the clock. */
async function bulk(folder) {
  const lines = [];
  const cores = String(availableParallelism());
  for (const [alg, pair] of Object.entries({
    RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }),
    ES256: generateKeyPairSync('ec', { namedCurve: 'prime256v1' }),
  })) {
    const path = join(folder, `${alg}.txt`);
    const keys = await writeSigned(path, alg, pair);
    const { wall, cpu } = await rate(SIGNED, async () => {
      const { count, groups } = await summarise(path, true, keys);
      if (count !== SIGNED || groups[0]?.count !== SIGNED || groups[0].verified !== 'current')
        throw new Error(`not all ${alg} tokens verify`);
    });
    lines.push(
      `${alg} file with its key ${shown(wall)} /s   ${against(wall, PEERS[alg]())} on one core, ${against(wall, PEERS[alg]('-multi', cores))} on ${cores}; ${shown(cpu).trim()} /s of processor`,
    );
  }
  return lines;
}

/** Single checks on one thread. By the processor. */
async function checks() {
  const { verifyJws } = await import(new URL('formats/jws-signature.js', dist));
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const ec = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const input = `${part({ alg: 'x', kid: 'k' })}.${part({ sub: 'user', iat: 1, exp: 2, pad: 'x'.repeat(90) })}`;
  const algs = {
    HS256: {
      key: { how: '', bytes: Buffer.from('secret of the app') },
      mac: createHmac('sha256', 'secret of the app').update(input).digest(),
    },
    RS256: {
      key: { how: '', bytes: Buffer.alloc(0), object: rsa.publicKey },
      mac: sign('sha256', Buffer.from(input), rsa.privateKey),
    },
    ES256: {
      key: { how: '', bytes: Buffer.alloc(0), object: ec.publicKey },
      mac: sign('sha256', Buffer.from(input), { key: ec.privateKey, dsaEncoding: 'ieee-p1363' }),
    },
  };
  return Object.entries(algs).map(([alg, { key, mac }]) => {
    const signature = mac.toString('base64url');
    const { cpu } = rateOf(() => {
      if (!verifyJws(alg, input, signature, key)) throw new Error(`${alg} does not verify`);
    });
    return `${alg} checked one by one ${shown(cpu)} /s of processor   ${against(cpu, PEERS[alg]())}`;
  });
}

async function all(population) {
  const { count } = await population;
  if (count !== TOKENS) throw new Error(`${count} tokens read of ${TOKENS}`);
}

/** Lines: rates side by side, peak memory, signature checks. */
export async function bench() {
  const folder = mkdtempSync(join(tmpdir(), 'sessdoctor-bench-'));
  const path = join(folder, 'tokens.txt');
  try {
    await writeTokens(path);
    const rows = {
      'recognise + decode + summarise': await rate(TOKENS, () => all(summarise(path, true))),
      'the same, each token read whole': await rate(TOKENS, () => all(summarise(path, false))),
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
      ...(await bulk(folder)),
      ...(await checks()),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}
