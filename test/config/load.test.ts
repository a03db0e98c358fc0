import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UsageError } from '../../src/config/errors.ts';
import { type Loaded, loadConfig, type LoadRequest, prepareYaml } from '../../src/config/load.ts';
import { Address, Secret } from '../../src/config/secret.ts';

let folder = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sessdoctor-config-'));
  await prepareYaml();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Given {
  readonly flags?: LoadRequest['flags'];
  readonly env?: LoadRequest['env'];
  readonly yaml?: string;
}

function load({ flags = {}, env = {}, yaml }: Given): Loaded & { readonly learnt: readonly string[] } {
  const learnt: string[] = [];
  const config = join(folder, 'sessdoctor.yaml');
  if (yaml === undefined) rmSync(config, { force: true });
  else writeFileSync(config, yaml);
  const loaded = loadConfig({ flags, env, cwd: folder, learn: (secret) => learnt.push(secret) });
  return { ...loaded, learnt };
}

function mistake(given: Given): string {
  try {
    load(given);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  throw new Error('it was accepted');
}

const text = (secret: Secret | undefined) => secret?.text();

describe('precedence', () => {
  const yaml = 'redis: { keyPrefix: "file:" }\nclock: { leeway: 5s, servers: [a.example] }\n';

  it('is flags over environment over file over defaults', () => {
    const env = { SESSDOCTOR_KEY_PREFIX: 'env:' };
    const flags = { 'key-prefix': 'flag:' };
    expect(load({ flags, env, yaml }).config.redis.keyPrefix).toBe('flag:');
    expect(load({ env, yaml }).config.redis.keyPrefix).toBe('env:');
    expect(load({ yaml }).config.redis.keyPrefix).toBe('file:');
    expect(load({}).config.redis.keyPrefix).toBeUndefined();
  });

  it('is so for a switch too, which only the environment and the file turn off', () => {
    const on = 'provider: { emptyPost: true }\n';
    const isOn = (given: Given) => load(given).config.provider.emptyPost;
    expect([isOn({}), isOn({ yaml: on }), isOn({ flags: { 'empty-post': true } })]).toEqual([
      undefined,
      true,
      true,
    ]);
    for (const [word, value] of [
      ['true', true],
      ['1', true],
      ['FALSE', false],
      ['0', false],
    ] as const)
      expect(isOn({ env: { SESSDOCTOR_EMPTY_POST: word }, yaml: on })).toBe(value);
    expect(isOn({ flags: { 'empty-post': true }, env: { SESSDOCTOR_EMPTY_POST: '0' } })).toBe(true);
    expect(mistake({ env: { SESSDOCTOR_EMPTY_POST: 'maybe' } })).toBe(
      'SESSDOCTOR_EMPTY_POST: must be true or false',
    );
  });

  it('leaves the other keys of a section alone', () => {
    const { config } = load({ flags: { ntp: ['b.example:124'] }, yaml });
    expect(config.clock).toEqual({ servers: [{ host: 'b.example', port: 124 }], leeway: 5000, hosts: [] });
  });

  it('has four public time servers, a minute of leeway, and known limits by default', () => {
    const { config } = load({});
    expect(config.clock.servers).toHaveLength(4);
    expect(config.clock.leeway).toBe(60_000);
    expect(config.limits).toEqual({ timeout: 10_000, deadline: 60_000 });
    expect(load({ flags: { ntp: ['none'] } }).config.clock.servers).toEqual([]);
  });

  it('merges named secrets of all layers', () => {
    const { config } = load({
      flags: { secret: ['v2=env:NEW'] },
      env: { NEW: 'new-secret', OLD: 'old-secret' },
      yaml: 'credentials: { secrets: { v1: "env:OLD", v2: "env:OLD" } }\n',
    });
    const { v1, v2 } = config.credentials.secrets ?? {};
    expect([text(v1), text(v2)]).toEqual(['old-secret', 'new-secret']);
  });

  it('knows what somebody set', () => {
    expect([...load({ yaml }).given].sort()).toEqual(['clock.leeway', 'clock.servers', 'redis.keyPrefix']);
  });
});

describe('time servers', () => {
  it.each([
    ['time.example', { host: 'time.example', port: 123 }],
    ['time.example:1123', { host: 'time.example', port: 1123 }],
    ['192.0.2.7:1123', { host: '192.0.2.7', port: 1123 }],
    ['[2001:db8::7]:1123', { host: '2001:db8::7', port: 1123 }],
    ['2001:db8::7', { host: '2001:db8::7', port: 123 }],
  ])('%s', (typed, server) => {
    expect(load({ flags: { ntp: [typed] } }).config.clock.servers).toEqual([server]);
  });

  it.each(['time.example:0', 'time.example:65536', 'a b', ''])('%j is none', (typed) => {
    expect(mistake({ flags: { ntp: [typed] } })).toContain('--ntp');
  });
});

describe('mistakes', () => {
  it.each<[string, string, string]>([
    [
      'a misspelt section',
      'redsi: {}\n',
      'sessdoctor.yaml:1:1: "redsi" is not a section; did you mean "redis"?',
    ],
    [
      'a misspelt key',
      'clock:\n  leeway: 5s\n  sevrers: [x]\n',
      'sessdoctor.yaml:3:3: "sevrers" is not a key of clock; did you mean "servers"?',
    ],
    [
      'a wrong duration',
      'clock:\n  leeway: soon\n',
      'sessdoctor.yaml:2:11: clock.leeway: "soon" is not a DURATION',
    ],
    [
      'a wrong word',
      'incident:\n  symptoms:\n    login: maybe\n',
      'sessdoctor.yaml:3:12: incident.symptoms.login: must be one of works, fails, private-window-only',
    ],
    ['broken YAML', 'redis: [\n', 'sessdoctor.yaml:2:1: '],
    ['a list for a section', 'redis: [1]\n', 'sessdoctor.yaml:1:8: redis: must '],
    ['a number out of its range', 'replay: { times: 1000 }\n', ':1:18: replay.times: must be at most 100'],
    [
      'one value out of its range, where a list may stand',
      'replay: { authenticated: { status: 99 } }\n',
      'replay.authenticated.status: must be at least 100',
    ],
    ['a number for a name', 'credentials: { samples: 5 }\n', 'credentials.samples: must be text'],
    ['a number for a server', 'clock: { servers: 5 }\n', 'clock.servers: must be text'],
    ['half a number', 'replay: { times: 1.5 }\n', 'replay.times: must be a whole number'],
    ['a word for a switch', 'redis: { cluster: yes }\n', 'redis.cluster: must be true or false'],
    [
      'what is missing',
      'incident: { changes: [{ at: 02:58 }] }\n',
      ':1:23: incident.changes.0.what: is missing',
    ],
    [
      'a cookie with its value',
      'cookies: { names: ["sid=canary"] }\n',
      'cookies.names.0: takes a cookie’s name alone',
    ],
  ])('%s is told with file, line and column', (_, yaml, said) => {
    expect(mistake({ yaml })).toContain(said);
  });

  it('names the flag or the variable that was wrong', () => {
    expect(mistake({ flags: { timeout: 'x' } })).toContain('--timeout');
    expect(mistake({ env: { SESSDOCTOR_TIMEOUT: 'x' } })).toContain('SESSDOCTOR_TIMEOUT');
    expect(mistake({ env: { SESSDOCTOR_SECRET: 'x' } })).toContain('SESSDOCTOR_SECRET takes NAME=REF');
  });

  it('takes a name once', () => {
    const symptom = ['login=works', 'login=fails'];
    expect(mistake({ flags: { symptom } })).toBe('--symptom: "login" was given twice, and not the same');
    expect(load({ flags: { symptom: ['login=works', 'login=works'] } }).config.incident.symptoms.login).toBe(
      'works',
    );
  });

  it('is told of a file in another encoding', () => {
    const text = 'redis: { keyPrefix: "s\u00e9ss:" }\n';
    for (const encoding of ['latin1', 'utf16le'] as const) {
      writeFileSync(
        join(folder, 'other.yaml'),
        Buffer.from(`\ufeff${text}`.slice(encoding === 'latin1' ? 1 : 0), encoding),
      );
      expect(mistake({ flags: { config: 'other.yaml' } })).toContain('"other.yaml": it is not UTF-8 text');
    }
    writeFileSync(join(folder, 'other.yaml'), `\ufeff${text}`);
    expect(load({ flags: { config: 'other.yaml' } }).config.redis.keyPrefix).toBe('s\u00e9ss:');
  });

  it('names a config file that is not there only when it was asked for', () => {
    expect(mistake({ flags: { config: 'nowhere.yaml' } })).toContain('"nowhere.yaml": no such file');
    expect(load({}).file).toBeNull();
  });

  it('never repeats what may be a secret', () => {
    const canary = 'canary-0d2f4a9b';
    for (const given of [
      { flags: { secret: [canary] } },
      { flags: { secret: [`v1=${canary}`] } },
      { flags: { redis: `redis://:${canary}@` } },
      { yaml: `credentials: { secrets: { v1: "${canary}" } }\n` },
      { yaml: `redis: { password: "${canary}" }\n` },
    ])
      expect(mistake(given)).not.toContain(canary);
  });

  it('are UsageErrors whatever the file holds', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (yaml) => {
        const failure = (() => {
          try {
            load({ yaml });
            return undefined;
          } catch (error) {
            return error;
          }
        })();
        expect(failure === undefined || failure instanceof UsageError).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});

describe('references', () => {
  const secretOf = (reference: string, env: LoadRequest['env'] = {}) =>
    load({ flags: { secret: [`v1=${reference}`] }, env }).config.credentials.secrets?.['v1'];

  it('read the environment and files, and decode', () => {
    writeFileSync(join(folder, 'key'), 'from a file\n');
    writeFileSync(join(folder, 'hex'), '00ff10\n');
    writeFileSync(join(folder, 'two'), 'line\n\n');
    expect(text(secretOf('env:KEY', { KEY: 'from env' }))).toBe('from env');
    expect(text(secretOf('file:key'))).toBe('from a file');
    expect(text(secretOf('file:two'))).toBe('line\n');
    expect(secretOf('file:hex#hex')?.bytes()).toEqual(Buffer.from([0, 255, 16]));
    expect(secretOf('env:B#base64', { B: 'AP8Q' })?.bytes()).toEqual(Buffer.from([0, 255, 16]));
    expect(secretOf('env:L#latin1', { L: 'ÿ' })?.bytes()).toEqual(Buffer.from([255]));
  });

  it('read a key ring’s folder: its XML files, whatever else is in it', () => {
    const ring = join(folder, 'ring');
    mkdirSync(ring, { recursive: true });
    writeFileSync(join(ring, 'key-b.xml'), '<key id="b"></key>\n');
    writeFileSync(join(ring, 'key-a.xml'), '<key id="a"></key>');
    writeFileSync(join(ring, 'revocation-1.xml'), '<revocation></revocation>');
    writeFileSync(join(ring, 'notes.txt'), 'not of the ring');
    expect(text(secretOf('file:ring'))).toBe(
      '<key id="a"></key><key id="b"></key>\n<revocation></revocation>',
    );
    mkdirSync(join(folder, 'other'), { recursive: true });
    expect(mistake({ flags: { secret: ['v1=file:other'] } })).toContain('a folder without key-*.xml files');
  });

  it('are learnt, so that they can be kept out of all output', () => {
    const { learnt } = load({ flags: { secret: ['v1=env:KEY'] }, env: { KEY: 'canary-key' } });
    expect(learnt).toContain('canary-key');
  });

  it.each<[string, string, LoadRequest['env']]>([
    ['env:NONE', 'the environment variable NONE is not set', {}],
    ['env:EMPTY', 'is empty', { EMPTY: '' }],
    ['file:nowhere', 'no such file', {}],
    ['env:H#hex', 'is not hexadecimal', { H: 'xyz' }],
    ['hunter2', 'a secret is never written here', {}],
  ])('%s is refused', (reference, said, env) => {
    expect(mistake({ flags: { secret: [`v1=${reference}`] }, env })).toContain(said);
  });

  it('in a file are relative to it', () => {
    writeFileSync(join(folder, 'beside'), 'beside the config');
    const { config } = load({ yaml: 'credentials: { secrets: { v1: "file:beside" } }\n' });
    expect(text(config.credentials.secrets?.['v1'])).toBe('beside the config');
  });
});

describe('addresses', () => {
  it('take ${NAME} from the environment, percent-encoded, and give it back whole', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 30, unit: 'grapheme' }), (password) => {
        const { config } = load({
          flags: { redis: 'redis://app:${REDIS_PASSWORD}@store.example:6379/2' },
          env: { REDIS_PASSWORD: password },
        });
        const url = new URL(config.redis.url?.href() ?? '');
        expect(decodeURIComponent(url.password)).toBe(password);
        expect([url.hostname, url.port, url.pathname]).toEqual(['store.example', '6379', '/2']);
      }),
    );
  });

  it('show no user, password, query value or fragment, in any way of turning them into text', () => {
    const canary = 'canary-5e1c';
    const address = new Address(
      `https://${canary}:${canary}@host.example:8443/path?code=${canary}#${canary}`,
    );
    const forms = [address.toString(), JSON.stringify({ address }), inspect(address), address.shown];
    expect(forms.join(' ')).not.toContain(canary);
    expect(address.shown).toBe('https://host.example:8443/path?code=…');
  });

  it('name the variable that is not set, and refuse another protocol', () => {
    expect(mistake({ flags: { redis: 'redis://:${NONE}@host' } })).toContain('${NONE} is not set');
    expect(mistake({ flags: { redis: 'https://host' } })).toContain('https:// does not fit here');
  });

  it.each([
    ['redis', 'localhost:6379', 'write redis://localhost:6379'],
    ['redis', 'cache.internal', 'write redis://cache.internal'],
    ['redis', '10.0.0.1:6379', 'write redis://10.0.0.1:6379'],
    ['issuer', 'id.example.com', 'write https://id.example.com'],
    ['database', 'app:canary@db.example/app', 'write postgres://host…'],
    ['redis', 'canary', 'write redis://host…'],
    ['database', 'sqlite:', 'the URL names no file'],
    ['database', 'sqlite:///', 'the URL names no file'],
  ])('--%s %s: %s', (flag, typed, said) => {
    const message = mistake({ flags: { [flag]: typed } });
    expect(message).toContain(said);
    expect(message).not.toContain('canary');
  });
});

describe('Secret', () => {
  it('cannot be printed by accident', () => {
    const secret = new Secret(Buffer.from('canary-77'));
    expect([secret.toString(), JSON.stringify([secret]), inspect({ secret })].join(' ')).not.toContain(
      'canary',
    );
    expect(secret.text()).toBe('canary-77');
  });
});

it('takes one accepted status as well as a list', () => {
  for (const status of ['200', '[200]']) {
    const yaml = `replay: { url: "https://a.example/", authenticated: { status: ${status} } }\n`;
    expect(load({ yaml }).config.replay.authenticated?.status).toEqual([200]);
  }
});

describe.runIf(existsSync('/dev/zero'))('a file without an end', () => {
  it.each([
    ['a config', { flags: { config: '/dev/zero' } }],
    ['a secret', { flags: { secret: ['v1=file:/dev/zero'] } }],
  ] as const)('is refused as %s, not read on and on', (_, given) => {
    expect(mistake(given)).toContain('larger than 1 MiB');
  });
});
