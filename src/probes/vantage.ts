/**
 * Was it the targets that failed, or this host? No I/O: it looks at what the probes before it found.
 *
 * @module
 */
import type { Config } from '../config/config.ts';
import type { Finding } from '../model.ts';
import { defineProbe, Skip } from './probe.ts';

type Seen = {
  /** Probes that were given a target on the network. */
  readonly asked: readonly string[];
};

/** Slugs that say a target was not reached at all; one that answered and denied was reached. */
const NOT_REACHED: ReadonlySet<string> = new Set([
  'refused',
  'timed-out',
  'timeout',
  'no-answer',
  'dns',
  'name-not-found',
  'unreachable',
  'closed',
  'proxy-failed',
  'down-from-both',
]);

/** What a hop can show although it was not reached: another vantage, and files that were read beside it. */
const BESIDE = /^(?:reachable-elsewhere|migration|saml-)/;

/** The last of the sequence. Skipped when fewer than two hops on the network were named. */
export const vantage = defineProbe({
  id: 'vantage',
  asks: 'Is it the targets that fail, or this host?',
  network: false,
  findings: {
    'host-cut-off': {
      level: 'critical',
      title: 'Nothing on the network could be reached from this host',
      why: 'Several hops that have nothing to do with each other failed at once: the shared suspect is this host, its network or its resolver. Nothing is known of the hops themselves.',
      fix: 'Run sessdoctor where the app runs, or mend this host’s network first.',
      blind: true,
    },
    'host-connected': {
      level: 'ok',
      title: 'This host reaches at least one of the hops',
      why: 'What could not be reached is not explained by a host without a network.',
    },
  },
  input(config) {
    const asked = networkTargets(config);
    return asked.length < 2
      ? new Skip(
          'fewer than two hops on the network were named',
          'name more hops: --issuer, --redis, --edge URL',
        )
      : { asked };
  },
  async observe({ asked }): Promise<Seen> {
    return { asked };
  },
  *examine(seen, scene) {
    const asked = Array.isArray(seen.asked) ? (seen.asked as readonly string[]) : [];
    const hops = asked
      .map((id) => ({ id, findings: scene.findings.filter((finding) => finding.code.startsWith(`${id}/`)) }))
      .filter(({ findings }) => findings.length > 0);
    const failed = hops.filter(({ findings }) => isUnreached(findings));
    if (hops.length < 2 || failed.length === 0) return;
    if (failed.length === hops.length)
      yield {
        slug: 'host-cut-off',
        detail: `from this host, none of ${hops.length} hops could be reached: ${failed.map(({ id, findings }) => `${id} (${reasonOf(findings)})`).join(', ')}`,
      };
    else
      yield {
        slug: 'host-connected',
        detail: `from this host, ${hops.length - failed.length} of ${hops.length} hops were reached; not reached: ${failed.map(({ id, findings }) => `${id} (${reasonOf(findings)})`).join(', ')}`,
      };
  },
});

function networkTargets(config: Config): string[] {
  const { edge, replay, redis, database, provider, cookies, credentials } = config;
  const isUrl = (source: { readonly kind: string }) => source.kind === 'url';
  return [
    ...([...(cookies.before ?? []), ...(cookies.after ?? [])].some(isUrl) ? ['cookies'] : []),
    ...(edge.url?.length || edge.origin ? ['edge'] : []),
    ...(replay.url || replay.instances?.length ? ['replay'] : []),
    ...(redis.url || redis.sentinels?.length ? ['redis'] : []),
    ...(database.url && database.url.protocol !== 'sqlite:' ? ['database'] : []),
    ...(provider.issuer || provider.jwksUri || credentials.jwks?.kind === 'url' ? ['provider'] : []),
  ];
}

/** Blind by a failed connection, and nothing that only a reached target can show. */
function isUnreached(findings: readonly Finding[]): boolean {
  return (
    findings.some((finding) => NOT_REACHED.has(slugOf(finding))) &&
    findings.every((finding) => finding.blind || finding.level === 'info' || BESIDE.test(slugOf(finding)))
  );
}

function reasonOf(findings: readonly Finding[]): string {
  return findings.map(slugOf).find((slug) => NOT_REACHED.has(slug)) ?? 'not reached';
}

function slugOf(finding: Finding): string {
  return finding.code.slice(finding.code.indexOf('/') + 1);
}
