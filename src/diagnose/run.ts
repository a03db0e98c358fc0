/**
 * Runs the sequence: one probe after the other, each with its deadline, none able to stop the others.
 *
 * @module
 */
import { type Config, settingsOf } from '../config/config.ts';
import { UsageError } from '../config/errors.ts';
import { formatDuration } from '../config/time.ts';
import type { Io } from '../io/io.ts';
import type { RedactingVault } from '../io/vault.ts';
import type { Json, Outcome } from '../model.ts';
import { probes } from '../probes/index.ts';
import { type AnyProbe, Skip } from '../probes/probe.ts';
import { type Evidence, type Observation, recordIncident } from './evidence.ts';
import { examineOne } from './examine.ts';

/** After its deadline a probe has this long to hand over what it saw so far. ms */
const GRACE = 400;

/** The doors a run goes through; the runner adds time, deadline and vault. */
export type Doors = Omit<Io, 'vault' | 'signal' | 'now' | 'uncertaintyMs'>;

export interface RunRequest {
  readonly config: Config;
  readonly doors: Doors;
  readonly vault: RedactingVault;
  readonly tool: { readonly name: string; readonly version: string };
  /** Probe ids to run; undefined for all. */
  readonly only?: readonly string[] | undefined;
  readonly skip?: readonly string[] | undefined;
  /** Ctrl-C. */
  readonly interrupted: AbortSignal;
  readonly observer?: RunObserver | undefined;
}

/** Told as the run goes on; draws the progress. */
export interface RunObserver {
  started(probe: { readonly id: string; readonly asks: string }): void;
  ended(outcome: Outcome): void;
}

interface Correction {
  readonly offsetMs: number;
  readonly uncertaintyMs: number;
}

/** Observes everything that was asked for. Throws only for an operator's mistake (UsageError). */
export async function run(request: RunRequest): Promise<Evidence> {
  const { config, vault } = request;
  const startedLocal = Date.now();
  const started = performance.now();
  const deadlineAt = started + config.limits.deadline;
  let correction: Correction = { offsetMs: 0, uncertaintyMs: Number.POSITIVE_INFINITY };
  const observations: Observation[] = [];
  const outcomes: Outcome[] = [];
  const evidence = (): Evidence => {
    const now = startedLocal + correction.offsetMs;
    return {
      schema: 'sessdoctor.evidence/1',
      tool: request.tool,
      startedAt: new Date(now).toISOString(),
      durationMs: Math.round(performance.now() - started),
      uncertaintyMs: Number.isFinite(correction.uncertaintyMs) ? correction.uncertaintyMs : null,
      incident: vault.redact(
        recordIncident(config, now) as unknown as Json,
      ) as unknown as Evidence['incident'],
      settings: vault.redact(settingsOf(config)),
      observations,
      redactions: vault.redactions,
    };
  };

  for (const probe of probes as readonly AnyProbe[]) {
    const observation = await turn(probe, request, deadlineAt, correction);
    observations.push(observation);
    if (observation.status === 'ran') correction = probe.correction?.(observation.seen) ?? correction;
    const outcome = examineOne(observation, evidence(), outcomes);
    outcomes.push(outcome);
    request.observer?.ended(outcome);
  }
  return evidence();
}

async function turn(
  probe: AnyProbe,
  request: RunRequest,
  deadlineAt: number,
  correction: Correction,
): Promise<Observation> {
  const { config, interrupted } = request;
  const input = leftOut(probe.id, request) ?? probe.input(config);
  if (input instanceof Skip)
    return { probe: probe.id, status: 'skipped', reason: input.reason, enable: input.enable };
  const failed = (reason: string): Observation => ({
    probe: probe.id,
    status: 'failed',
    durationMs: 0,
    reason,
  });
  if (interrupted.aborted) return failed('interrupted before its turn');
  const now = performance.now();
  if (now >= deadlineAt)
    return failed(
      `the run's deadline (${formatDuration(config.limits.deadline)}) had passed before its turn; raise --deadline`,
    );
  request.observer?.started({ id: probe.id, asks: probe.asks });
  return observe(probe, input, request, Math.min(config.limits.timeout, deadlineAt - now), correction);
}

function leftOut(id: string, request: RunRequest): Skip | undefined {
  if (request.only && !request.only.includes(id)) return new Skip('not among --only', `--only ${id}`);
  if (request.skip?.includes(id)) return new Skip('left out by --skip', `drop --skip ${id}`);
  return undefined;
}

async function observe(
  probe: AnyProbe,
  input: unknown,
  request: RunRequest,
  timeoutMs: number,
  correction: Correction,
): Promise<Observation> {
  const { vault, interrupted } = request;
  const started = performance.now();
  const took = (): number => Math.round(performance.now() - started);
  const deadline = new AbortController();
  const signal = AbortSignal.any([deadline.signal, interrupted]);
  const timers: NodeJS.Timeout[] = [];
  // A socket may ignore its signal, and a probe may ignore both: the race does not.
  const late = new Promise<'late'>((resolve) => {
    timers.push(setTimeout(() => deadline.abort(new DOMException('deadline', 'TimeoutError')), timeoutMs));
    signal.addEventListener('abort', () => timers.push(setTimeout(() => resolve('late'), GRACE)), {
      once: true,
    });
  });
  const io: Io = {
    ...request.doors,
    vault,
    signal,
    now: () => Date.now() + correction.offsetMs,
    uncertaintyMs: correction.uncertaintyMs,
  };
  const failed = (reason: string): Observation => ({
    probe: probe.id,
    status: 'failed',
    durationMs: took(),
    reason,
  });
  const stopped = (): string =>
    interrupted.aborted
      ? 'interrupted before it had finished'
      : `did not finish within ${formatDuration(timeoutMs)}; raise --timeout, or look at this hop by hand`;
  try {
    const running = probe.observe(input, io);
    running.catch(() => {});
    const seen = await Promise.race([running, late]);
    if (seen === 'late') return failed(stopped());
    return { probe: probe.id, status: 'ran', durationMs: took(), seen: vault.redact(seen) };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    if (signal.aborted) return failed(stopped());
    const message = error instanceof Error ? error.message : String(error);
    return failed(`a fault of the probe itself: ${vault.redactText(message)}`);
  } finally {
    for (const timer of timers) clearTimeout(timer);
  }
}
