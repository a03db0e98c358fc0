/**
 * What became of the anonymous cookies that the site had just issued, given back. Pure.
 *
 * @module
 */
import type { Fact } from '../../model.ts';
import { type IssuedCookie, type Reply, sessionCookies } from './answer.ts';
import type { ReplaySlug } from './findings.ts';
import type { ReplaySeen } from './observe.ts';
import { inOrder } from './order.ts';
import { type EchoOutcome, echoOf, outcomeOf, strip } from './outcome.ts';
import { interval, percent } from './share.ts';
import { count, excludes, mixDetail, statusOf } from './words.ts';

type ReplayFact = Fact<ReplaySlug>;

/** One stranger's cookies, given back. */
interface Echoed {
  readonly cookie: IssuedCookie;
  /** Those that tell. */
  readonly outcomes: readonly EchoOutcome[];
}

/** Facts of the echo test. `explained`: what the instances issue differs already, which is why they replace it. */
export function* echoFacts(seen: ReplaySeen, explained: boolean): Generator<ReplayFact> {
  if (!seen.fresh.some((reply) => reply.ok)) return;
  if (seen.echoed.length === 0) {
    yield {
      slug: 'no-anonymous-cookie',
      subject: seen.url,
      detail: `${seen.fresh.length} requests without a cookie, HTTP ${statusOf(seen.fresh)}, none got one that could hold a session`,
    };
    return;
  }
  const main = echoedOf(seen.echoed, seen.echo);
  if (!main) return;
  const { cookie, outcomes } = main;
  const others = (seen.others ?? []).flatMap(({ issued, replies }) => echoedOf(issued, replies) ?? []);
  const oneWay = explained ? undefined : acceptedOneWay([main, ...others]);
  if (oneWay) yield oneWay;
  const n = outcomes.length;
  const replaced = count(outcomes, 'replaced');
  const subject = cookie.name;
  const drawn = strip(outcomes);
  const data = { outcomes: drawn, replaced, of: n, format: cookie.format };
  if (count(outcomes, 'kept') === n) {
    if (oneWay) return;
    const mixed = others.find(isMixed);
    if (mixed && !explained) yield mixedFact(mixed, 'a cookie that the site had just issued to a stranger');
    else if (!mixed) yield* keptFacts(seen, main, others);
  } else if (replaced === n) {
    yield { slug: 'echo-all-replaced', subject, detail: `a new one came ${n} of ${n} times`, data };
  } else if (isMixed(main)) {
    if (!explained && !oneWay)
      yield mixedFact(main, 'the anonymous cookie that the site had just issued, given back');
  } else if (count(outcomes, 'rewritten') > 0) {
    yield {
      slug: 'echo-unclear',
      subject,
      detail: `${cookie.format}, rewritten in each of ${n} answers`,
      data,
    };
  }
}

function mixedFact({ cookie, outcomes }: Echoed, what: string): ReplayFact {
  const replaced = count(outcomes, 'replaced');
  const n = outcomes.length;
  return {
    slug: `mixed-${cookie.kind}`,
    subject: cookie.name,
    detail: `${what}: ${mixDetail(outcomes, replaced, n)}`,
    data: { outcomes: strip(outcomes), replaced, of: n, format: cookie.format },
  };
}

/** Every one was left alone: health, unless one that nobody issued is left alone as well. */
function* keptFacts(seen: ReplaySeen, { cookie, outcomes }: Echoed, others: readonly Echoed[]) {
  const subject = cookie.name;
  const n = outcomes.length + others.reduce((sum, one) => sum + one.outcomes.length, 0);
  const forged = echoesOf(seen.forged ?? [], seen.echoed);
  const made = forged.filter((one) => one === 'kept').length;
  if (made > 0 && made === forged.length) {
    yield {
      slug: 'echo-unclear' as const,
      subject,
      detail: `a cookie that nobody issued is left alone as well (${made} of ${forged.length} times), so that nothing was replaced says nothing of what the instances know`,
    };
    return;
  }
  if (refusedInPart(seen) && forged.length > 0 && cookie.kind === 'signed-id') {
    yield {
      slug: 'signature-holds' as const,
      subject,
      detail: `the anonymous cookies came back unreplaced ${n} of ${n} times and one with a made-up signature was replaced ${forged.length} of ${forged.length} times, while the credential is accepted at times only: every instance accepts the signature`,
    };
    return;
  }
  yield {
    slug: 'echo-kept' as const,
    subject,
    detail: `its own ${others.length > 0 ? `cookies, those of ${others.length + 1} strangers,` : 'cookie'} came back unreplaced ${n} of ${n} times; ${excludes(n)}`,
    data: { outcomes: strip(outcomes), replaced: 0, of: n, format: cookie.format },
  };
}

/** The replayed credential is a signed id that some instances take and others refuse, by turns. */
function refusedInPart({ credential, replayed, rule }: ReplaySeen): boolean {
  if ('none' in credential || credential.kind !== 'signed-id') return false;
  const outcomes = replayed.map((reply) => outcomeOf(reply, rule));
  return outcomes.includes('accepted') && outcomes.includes('refused') && !inOrder(outcomes);
}

/** Less than this is no chance. */
const RARE = 0.02;

/**
 * Some instance refuses one cookie and no instance another: whoever keeps a store of its own would not know the
 * other's either. In a fleet of two kinds a cookie is known to one kind or to the other.
 */
function acceptedOneWay(all: readonly Echoed[]): ReplayFact | undefined {
  const signed = all.filter(({ cookie }) => cookie.kind !== 'opaque');
  for (const mixed of signed.filter(isMixed)) {
    if (inOrder(mixed.outcomes.map((one) => (one === 'kept' ? 'accepted' : 'refused')))) continue;
    const n = mixed.outcomes.length;
    const [low, high] = interval(count(mixed.outcomes, 'kept'), n);
    const share = Math.max(high, 1 - low);
    const whole = signed.find(
      ({ outcomes }) => outcomes.every((one) => one === 'kept') && share ** outcomes.length < RARE,
    );
    if (!whole) continue;
    const refused = count(mixed.outcomes, 'replaced');
    return {
      slug: 'accepted-one-way',
      subject: mixed.cookie.name,
      detail: `the cookie that one stranger was given came back unreplaced ${whole.outcomes.length} of ${whole.outcomes.length} times, another’s was replaced ${refused} of ${n} times (${percent(refused / n)}): all instances know the records, and some do not accept what others sign`,
    };
  }
  return undefined;
}

function isMixed({ outcomes }: Echoed): boolean {
  return outcomes.includes('kept') && outcomes.includes('replaced');
}

/** Undefined where no cookie could hold a session, or no answer tells. */
function echoedOf(issued: readonly IssuedCookie[], replies: readonly Reply[]): Echoed | undefined {
  const [cookie] = sessionCookies({ cookies: issued });
  const outcomes = echoesOf(replies, issued);
  return cookie && outcomes.length > 0 ? { cookie, outcomes } : undefined;
}

/** Answers that tell, each as what became of the cookies. */
function echoesOf(replies: readonly Reply[], issued: readonly IssuedCookie[]): readonly EchoOutcome[] {
  const raw = replies.map((reply) => echoOf(reply, issued)).filter((one) => one !== 'none');
  // One page treats one cookie alike, so a rewrite beside answers that leave it alone is a replacement.
  return raw.includes('kept') ? raw.map((one) => (one === 'rewritten' ? 'replaced' : one)) : raw;
}
