/**
 * From what two deploys sent to facts.
 *
 * @module
 */
import { type Comparison, compare } from '../../browser/compare.ts';
import type { Deploy } from '../../browser/deploy.ts';
import { carriesLogin } from '../../browser/pairs.ts';
import { restoreDeploy, restoreUrls } from '../../browser/restore.ts';
import { SANITIZED_ADVICE } from '../../parse/exchanges.ts';
import type { Scene } from '../probe.ts';
import { findings } from './findings.ts';
import { type CookieFact, type Matters, type Seen, some } from './seen.ts';
import { identityFacts } from './identity.ts';
import { lifetimeFacts } from './lifetime.ts';
import { lintFacts, refusalFacts } from './refusals.ts';
import { requestFacts } from './requests.ts';

const NOTHING: Deploy = { sources: [], responses: [] };

/** All facts, identity first: it is what an incident turns on. */
export function* examine(saved: Seen, scene: Scene): Iterable<CookieFact> {
  const seen: Seen = {
    ...saved,
    before: restoreDeploy(saved.before),
    after: restoreDeploy(saved.after),
    urls: restoreUrls(saved.urls),
    takenAt: Number.isFinite(saved.takenAt) ? saved.takenAt : scene.now,
  };
  const names = scene.settings.cookieNames ?? seen.names ?? undefined;
  yield* sourceFacts(seen.before, 'old');
  yield* sourceFacts(seen.after, 'new');
  const found = compare(seen.before ?? NOTHING, seen.after ?? NOTHING, {
    names,
    urls: seen.urls,
    now: seen.takenAt,
  });
  const matters = carriesLogin(
    [...found.facts.before, ...found.facts.after].map(({ facts }) => facts),
    names,
  );
  yield* unseenFacts(found, names);
  // Health of another site than the visit's own says nothing about those who were logged out.
  const astray = found.leftOut.some(({ began }) => began);
  for (const fact of judge(found, matters, seen, scene))
    if (!astray || findings[fact.slug].level !== 'ok') yield fact;
}

function* judge(found: Comparison, matters: Matters, seen: Seen, scene: Scene): Iterable<CookieFact> {
  const names = scene.settings.cookieNames ?? seen.names ?? undefined;
  const both = seen.before !== null && seen.after !== null;
  const requests = [...requestFacts(seen.after ?? seen.before ?? NOTHING, names)];
  yield* requests;
  if (both) {
    const doubled = requests.some(({ slug }) => slug === 'duplicate-sent');
    yield* identityFacts(found, matters, { doubled, stage: found.assumptions });
    yield* lifetimeFacts(found, matters);
    yield* policyFacts(found, scene);
  }
  yield* refusalFacts(found, matters, seen);
  const headers = requests.some(({ slug }) => slug === 'header-refused' || slug === 'header-large');
  yield* lintFacts(found, matters, {
    both,
    storeTtlMs: scene.settings.sessionTtlMs,
    headers: headers ? 'large' : 'fine',
  });
}

/** What was asked for and is not there, and what is there and was not looked at. */
function* unseenFacts(
  { absent, leftOut }: Comparison,
  names: readonly string[] | undefined,
): Iterable<CookieFact> {
  if (absent.length > 0)
    yield {
      slug: absent.length === names?.length ? 'no-such-cookie' : 'name-not-set',
      subject: some(absent),
      detail: `no response of either side sets ${some(absent)}, and no request carries it`,
    };
  for (const { site, names: own, began } of leftOut)
    yield {
      slug: began ? 'beginning-left-out' : 'site-left-out',
      subject: site,
      detail: `${site} sets ${some(own)}; most of the recorded answers are another site’s`,
      fix: own.some((name) => names?.includes(name))
        ? `that name is set by both sites: keep only the requests of ${site} in the recording`
        : `ask for it: --cookie ${own[0]}`,
    };
}

function* sourceFacts(deploy: Deploy | null, which: 'old' | 'new'): Iterable<CookieFact> {
  if (!deploy) return;
  for (const { shown, kind, status, detail, notes } of deploy.sources) {
    if (status === 'unreachable')
      yield { slug: 'unreachable', subject: shown, detail: detail ?? `${shown} did not answer` };
    if (notes.includes('sanitized')) yield { slug: 'sanitized', subject: shown, detail: SANITIZED_ADVICE };
    if (notes.includes('cut'))
      yield {
        slug: 'too-many',
        subject: shown,
        detail: `${shown} (${kind}) holds more headers, or longer ones, than are looked at (1000 Set-Cookie lines, 2 MiB a line)`,
      };
  }
  const lines = deploy.responses.reduce((sum, { cookies }) => sum + cookies.length, 0);
  const clears = deploy.responses.some(({ clearSiteData }) => clearSiteData !== null);
  const asked = deploy.sources.filter(
    ({ status, notes }) => status === 'read' && !notes.includes('sanitized'),
  );
  if (lines === 0 && !clears && asked.length > 0)
    yield {
      slug: 'no-cookies',
      subject: asked.map(({ shown }) => shown).join(', '),
      detail: `${deploy.responses.length} ${deploy.responses.length === 1 ? 'response' : 'responses'} of the ${which} deploy, none with a Set-Cookie`,
    };
}

/** Nothing changed, some people are hit, more by the day: what browsers decide becomes a suspect. */
function* policyFacts(found: Comparison, scene: Scene): Iterable<CookieFact> {
  if (found.firefox.length > 0)
    yield { slug: 'firefox-differs', detail: found.firefox.slice(0, 3).join('; ') };
  const same = found.cookies.every(({ outcome }) => outcome === 'unchanged');
  const { affected, onset } = scene.symptoms;
  const relying = found.facts.after.filter(
    ({ facts }) => facts.sameSite === null || (facts.lifetime ?? 0) > 400 * 86_400,
  );
  if (same && relying.length > 0 && affected === 'some' && onset === 'ramp')
    yield {
      slug: 'policy-hit',
      subject: relying[0]?.facts.name,
      detail: `${relying.map(({ facts }) => facts.name).join(', ')}: no explicit SameSite, or more than 400 days; the deploys set them alike`,
    };
}
