import { causes } from '../../../src/causes/index.ts';
import { Address } from '../../../src/config/secret.ts';
import { rank } from '../../../src/diagnose/rank.ts';
import { sqlDoor } from '../../../src/io/sql.ts';
import { filesDoor } from '../../../src/io/files.ts';
import type { Io } from '../../../src/io/io.ts';
import { createVault } from '../../../src/io/vault.ts';
import type { Fact, Finding, FindingDoc, Verdict } from '../../../src/model.ts';
import type { DatabaseInput } from '../../../src/probes/database/input.ts';
import { database } from '../../../src/probes/database/index.ts';
import type { DatabaseSeen } from '../../../src/probes/database/seen.ts';
import type { Scene } from '../../../src/probes/probe.ts';

export interface Case {
  readonly url?: string;
  readonly replica?: string;
  readonly input?: Partial<DatabaseInput>;
  /** Minutes ago; null: nobody said. Default 10. */
  readonly since?: number | null;
  readonly ttl?: number;
  readonly signal?: AbortSignal;
}

export interface Looked {
  readonly seen: DatabaseSeen;
  readonly facts: readonly Fact[];
  readonly slugs: readonly string[];
  detail(slug: string): string;
  fix(slug: string): string;
  verdict(cause: string): Verdict;
}

export const closed = new Proxy({}, { get: () => () => Promise.reject(new Error('this door is closed')) });

export function io(signal: AbortSignal = AbortSignal.timeout(20_000)): Io {
  return {
    http: closed as Io['http'],
    files: filesDoor(),
    ntp: closed as Io['ntp'],
    redis: closed as Io['redis'],
    sql: sqlDoor(),
    vault: createVault(),
    now: () => Date.now(),
    uncertaintyMs: 5,
    signal,
  };
}

/** Looks at a database as the probe does, and ranks the causes by what it says. */
export async function look(given: Case): Promise<Looked> {
  const seen = await database.observe(
    {
      address: given.url === undefined ? undefined : new Address(given.url),
      replica: given.replica === undefined ? undefined : new Address(given.replica),
      table: 'session',
      columns: {},
      lifetime: undefined,
      appUser: undefined,
      migrations: undefined,
      ...given.input,
    },
    io(given.signal),
  );
  return judge(JSON.parse(JSON.stringify(seen)) as DatabaseSeen, given);
}

/** Examines and ranks one observation. */
export function judge(seen: DatabaseSeen, given: Case = {}): Looked {
  const now = Date.now();
  const since = given.since === null ? null : now - (given.since ?? 10) * 60_000;
  const facts: readonly Fact[] = [...database.examine(seen, sceneAt(now, since, given.ttl))];
  const docs: Readonly<Record<string, FindingDoc>> = database.findings;
  const findings = facts.map((fact): Finding => {
    const doc = docs[fact.slug];
    if (!doc) throw new Error(`no words for ${fact.slug}`);
    return {
      code: `database/${fact.slug}`,
      level: doc.level,
      title: doc.title,
      detail: fact.detail,
      ...(fact.at !== undefined && { at: new Date(fact.at).toISOString() }),
    };
  });
  const ranked = rank(
    causes,
    [{ probe: 'database', status: 'ran', durationMs: 1, findings }],
    { since, slackMs: 60_000, now, healed: false },
    (code) => docs[code.replace('database/', '')]?.weakness === true,
  );
  return {
    seen,
    facts,
    slugs: facts.map((fact) => fact.slug),
    detail: (slug) => facts.find((fact) => fact.slug === slug)?.detail ?? '',
    fix: (slug) => facts.find((fact) => fact.slug === slug)?.fix ?? '',
    verdict: (cause) => ranked.find((each) => each.id === cause)?.verdict ?? 'untested',
  };
}

export function sceneAt(now: number, since: number | null, ttl?: number): Scene {
  return {
    now,
    uncertaintyMs: 5,
    since,
    changes: [],
    symptoms: {},
    settings: { leewayMs: 60_000, expect: {}, sessionTtlMs: ttl },
    findings: [],
    seen: () => undefined,
  };
}
