import { join } from 'node:path';
import { mergeLayers } from '../../src/config/config.ts';
import { layerSchema } from '../../src/config/schema.ts';
import { causes } from '../../src/causes/index.ts';
import { rank } from '../../src/diagnose/rank.ts';
import { openDoors } from '../../src/io/doors.ts';
import type { Io } from '../../src/io/io.ts';
import { createVault } from '../../src/io/vault.ts';
import type { Finding, Json, Outcome, RankedCause } from '../../src/model.ts';
import { type AnyProbe, type Probe, type Scene, Skip } from '../../src/probes/probe.ts';

/** What one probe saw and said, and what all causes make of it. */
export interface Looked<Seen> {
  readonly seen: Seen;
  readonly findings: readonly Finding[];
  readonly codes: readonly string[];
  /** Causes at `possible` or above. */
  readonly suspects: readonly string[];
  cause(id: string): RankedCause;
}

/** Doors as in a real run. */
export function doorsFor(
  signal: AbortSignal = AbortSignal.timeout(20_000),
): Io & { vault: ReturnType<typeof createVault> } {
  const doors = openDoors();
  return { ...doors, vault: createVault(), signal, now: () => Date.now(), uncertaintyMs: 1000 };
}

/** Runs one probe for real, from config as a user writes it to ranked causes. */
export async function look<Id extends string, Input, Seen extends Json, Slug extends string>(
  probe: Probe<Id, Input, Seen, Slug>,
  config: object,
  options: { readonly signal?: AbortSignal; readonly env?: Record<string, string> } = {},
): Promise<Looked<Seen>> {
  const schema = layerSchema({
    base: join(import.meta.dirname, '..', '..'),
    env: options.env ?? {},
    learn: () => {},
    stdin: () => Buffer.alloc(0),
    unreadable: () => undefined,
  });
  const merged = mergeLayers([schema.parse(config)]);
  const input = probe.input(merged);
  if (input instanceof Skip) throw new Error(`skipped: ${input.reason}`);
  const io = doorsFor(options.signal);
  const raw = await probe.observe(input, io);
  const seen = io.vault.redact(raw);
  return judged(probe, seen);
}

/** Examines a (possibly old or odd) observation and ranks. */
export function judged<Id extends string, Input, Seen extends Json, Slug extends string>(
  probe: Probe<Id, Input, Seen, Slug>,
  seen: Seen,
  where: Partial<Scene> = {},
): Looked<Seen> {
  const any = probe as AnyProbe;
  const facts = [...any.examine(seen, { ...scene, ...where })];
  const findings = facts.map((fact): Finding => {
    const doc = any.findings[fact.slug];
    if (!doc) throw new Error(`${probe.id} says ${fact.slug}, which its catalogue does not hold`);
    return {
      code: `${probe.id}/${fact.slug}`,
      level: doc.level,
      title: doc.title,
      detail: fact.detail,
      ...(fact.subject !== undefined && { subject: fact.subject }),
      ...(fact.data !== undefined && { data: fact.data }),
      ...(doc.blind && { blind: true as const }),
    };
  });
  const outcome: Outcome = { probe: probe.id, status: 'ran', durationMs: 1, findings };
  const ranked = rank(
    causes,
    [outcome],
    { since: where.since ?? null, slackMs: 0, now: Date.now(), healed: false },
    (code) => any.findings[code.slice(code.indexOf('/') + 1)]?.weakness === true,
  );
  return {
    seen,
    findings,
    codes: findings.map(({ code }) => code),
    suspects: ranked
      .filter(({ verdict }) => ['confirmed', 'likely', 'possible'].includes(verdict))
      .map(({ id }) => id),
    cause(id) {
      const found = ranked.find((one) => one.id === id);
      if (!found) throw new Error(`no cause ${id}`);
      return found;
    },
  };
}

/** A calm night: nothing known besides the observation. */
export const scene: Scene = {
  now: Date.now(),
  uncertaintyMs: 1000,
  since: null,
  changes: [],
  symptoms: {},
  settings: { leewayMs: 60_000, expect: {} },
  findings: [],
  seen: () => undefined,
};
