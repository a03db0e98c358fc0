/**
 * What the operator and the users report, as findings. No I/O: the answers are the observation.
 *
 * @module
 */
import type { Symptoms } from '../model.ts';
import { defineProbe, Skip } from './probe.ts';

type Seen = {
  readonly intended?: string | undefined;
  readonly affected?: string | undefined;
  readonly oldSessions?: string | undefined;
  readonly login?: string | undefined;
  readonly newLogin?: string | undefined;
  readonly onset?: string | undefined;
};

const answer = (title: string, why: string) => ({ level: 'info', title, why }) as const;

/**
 * What several answers together say: the first cut through the causes. Each pattern needs every answer in it.
 * The words of a pattern are in the catalogue below.
 */
export const patterns = {
  'pattern-lost-once': { oldSessions: 'rejected', login: 'works', newLogin: 'sticks' },
  'pattern-new-refused': { oldSessions: 'accepted', login: 'fails' },
  'pattern-still-dying': { login: 'works', newLogin: 'dies' },
  'pattern-fresh-dies': { oldSessions: 'accepted', login: 'works', newLogin: 'dies' },
  'pattern-all-refused': { oldSessions: 'rejected', login: 'fails' },
  'pattern-errors': { oldSessions: 'error', login: 'fails' },
  'pattern-dying-by-times': { login: 'works', newLogin: 'dies', onset: 'recurring' },
  'pattern-idle-out': { affected: 'some', newLogin: 'sticks', onset: 'recurring' },
  'pattern-lost-again': { affected: 'everyone', oldSessions: 'rejected', login: 'works', onset: 'recurring' },
  'pattern-fleet-disagrees': { oldSessions: 'mixed', login: 'works', newLogin: 'dies' },
  'pattern-roll-out': { oldSessions: 'mixed', onset: 'ramp' },
  'pattern-ended-alone': { oldSessions: 'accepted', login: 'fails', onset: 'healed' },
  'pattern-one-browser': { affected: 'some', login: 'works', newLogin: 'sticks', onset: 'ramp' },
  'pattern-some-private': { affected: 'some', login: 'private-window-only' },
} as const satisfies Record<string, Symptoms>;

/**
 * Answers that cannot both be true of the same people, and which of the two then counts: the other one was
 * of other people, or of another time. Where neither is surer, none is left out.
 */
const contradictions: readonly {
  readonly both: Symptoms;
  readonly leaveOut: keyof Symptoms | undefined;
  readonly because: string;
}[] = [
  {
    both: { login: 'fails', newLogin: 'sticks' },
    leaveOut: 'newLogin',
    because: 'where nobody can log in, no new login can last',
  },
  {
    both: { login: 'fails', newLogin: 'dies' },
    leaveOut: 'newLogin',
    because: 'where nobody can log in, no new login can die',
  },
  {
    both: { onset: 'healed', newLogin: 'dies' },
    leaveOut: 'onset',
    because: 'what still takes new logins has not ended',
  },
  {
    both: { onset: 'healed', login: 'fails', oldSessions: 'rejected' },
    leaveOut: undefined,
    because: 'where old sessions are refused and nobody can log in, it has not ended',
  },
];

function holds(told: Symptoms, wanted: Symptoms): boolean {
  return Object.entries(wanted).every(([name, value]) => told[name as keyof Symptoms] === value);
}

function inWords(told: Symptoms): string {
  return Object.entries(told)
    .map(([name, value]) => `${name} = ${value}`)
    .join(', ');
}

/** One of the six facts: how it is asked, and what may be answered. */
export interface FactAsked {
  readonly asks: string;
  readonly values: readonly string[];
}

/** The six facts, the most telling first. Each value is what `--symptom NAME=VALUE` takes. */
export const sixFacts: { readonly [Name in keyof Required<Symptoms>]: FactAsked } = {
  oldSessions: {
    asks: 'What happens to a browser that was signed in before and has not signed in since?',
    values: ['rejected', 'accepted', 'mixed', 'error'],
  },
  login: {
    asks: 'Can somebody sign in now, and if not, in a private window?',
    values: ['works', 'fails', 'private-window-only'],
  },
  newLogin: { asks: 'Is a new login still alive after five minutes?', values: ['sticks', 'dies'] },
  onset: {
    asks: 'Did it begin at one moment, grow, come back again and again, or end by itself?',
    values: ['step', 'ramp', 'recurring', 'healed'],
  },
  affected: { asks: 'Is it everyone, or only some?', values: ['everyone', 'some'] },
  intended: { asks: 'Did somebody end sessions on purpose?', values: ['yes', 'no'] },
};

/** One slug per answer: `<name>-<value>`, e.g. `login-works`; and one per pattern of answers. */
export const symptoms = defineProbe({
  id: 'symptoms',
  asks: 'What do people report?',
  network: false,
  findings: {
    'intended-yes': answer(
      'Somebody revoked sessions on purpose',
      'A planned revocation is announced, not repaired.',
    ),
    'intended-no': answer(
      'Nobody revoked sessions on purpose',
      'A deliberate revocation is ruled out as far as people know.',
    ),
    'affected-everyone': answer(
      'Everyone was logged out',
      'The fault lies in something that all sessions share.',
    ),
    'affected-some': answer(
      'Only some were logged out',
      'The fault follows an instance, a browser, a tenant or an age.',
    ),
    'oldSessions-rejected': answer(
      'Sessions from before are refused',
      'The credential or its record is no longer accepted.',
    ),
    'oldSessions-accepted': answer(
      'Sessions from before still work',
      'Keys, secrets and records of old sessions are alive.',
    ),
    'oldSessions-mixed': answer(
      'The same session is accepted at times and refused at others',
      'Instances, keys or replicas disagree.',
    ),
    'oldSessions-error': answer(
      'Sessions from before cause errors',
      'The lookup fails rather than misses: the store or the code.',
    ),
    'login-works': answer(
      'Logging in works',
      'New sessions can be made: issuing, storing and transport work.',
    ),
    'login-fails': answer('Logging in fails', 'New sessions cannot be made or do not reach the browser.'),
    'login-private-window-only': answer(
      'Logging in works in a private window only',
      'Something that the browser still holds gets in the way.',
    ),
    'newLogin-sticks': answer(
      'A new login lasts',
      'What was lost stays lost, and nothing is taking new sessions.',
    ),
    'newLogin-dies': answer('A new login dies within minutes', 'Whatever logs people out is still at work.'),
    'onset-step': answer('It began at one moment', 'A switch: a deploy, a flush, a rotation, a restart.'),
    'onset-ramp': answer(
      'It grew over time',
      'A roll-out, caches running out, or lifetimes ending one by one.',
    ),
    'onset-recurring': answer('It comes back', 'A job, a period or a load pattern drives it.'),
    'onset-healed': answer('It ended by itself', 'An outage, a cache or a window of time.'),
    contradictory: {
      level: 'warning',
      title: 'Two answers do not fit together',
      why: 'They are of different people or times: ask again, for one group of users and for now.',
      fix: 'ask once more, about one browser and this moment',
    },
    'pattern-lost-once': answer(
      'Old sessions are lost, new ones last',
      'Something was lost, rotated or revoked at one moment and is not at work any more.',
    ),
    'pattern-new-refused': answer(
      'Old sessions work, nobody can log in',
      'Keys and records of old sessions are fine; what is new is refused, or never reaches the browser.',
    ),
    'pattern-still-dying': answer(
      'People log in and are out again within minutes',
      'Something still takes sessions away: eviction, instances that disagree, a cache, a race, a lifetime.',
    ),
    'pattern-fresh-dies': answer(
      'Only fresh logins die, old sessions live',
      'What is seconds old is not accepted yet: a replica behind, or a clock.',
    ),
    'pattern-all-refused': answer(
      'Old sessions are refused and nobody can log in',
      'What checks sessions accepts none: the rules or the keys it checks with have changed.',
    ),
    'pattern-errors': answer(
      'Old sessions cause errors and nobody can log in',
      'The lookup fails rather than misses: what sessions are stored in or checked with does not answer.',
    ),
    'pattern-dying-by-times': answer(
      'New logins die, and it comes and goes',
      'Load or a period drives it: eviction under pressure, or refreshes that collide at each token’s end.',
    ),
    'pattern-idle-out': answer(
      'Some are out again and again, others stay in',
      'Something ends sessions by their age or idleness, at its own times.',
    ),
    'pattern-lost-again': answer(
      'Everyone is logged out again each time',
      'Each deploy, restart or flush takes all sessions: what they depend on does not outlive it.',
    ),
    'pattern-fleet-disagrees': answer(
      'The same session works at times, and new logins die',
      'Whoever answers decides: instances, caches or paths disagree.',
    ),
    'pattern-roll-out': answer(
      'The same session works at times, and it spreads',
      'Two builds answer while one replaces the other.',
    ),
    'pattern-ended-alone': answer(
      'Old sessions lived, nobody could log in, and it ended by itself',
      'An outage or a cache that ran out: what is looked at now may be healthy again.',
    ),
    'pattern-one-browser': answer(
      'A growing few lose their sessions and stay in after a new login',
      'It follows a browser’s roll-out, or the last visit, rather than a fault at one moment.',
    ),
    'pattern-some-private': answer(
      'Some can log in in a private window only',
      'Those browsers hold something that gets in the way: two cookies of one name, or too many bytes.',
    ),
  },
  input(config) {
    const told = Object.values(config.incident.symptoms).some((value) => value !== undefined);
    return told
      ? config.incident.symptoms
      : new Skip(
          'nobody said what people report',
          '--symptom login=works (or incident.symptoms in sessdoctor.yaml)',
        );
  },
  async observe(input): Promise<Seen> {
    return { ...input };
  },
  *examine(_seen, scene) {
    const broken = contradictions.filter(({ both }) => holds(scene.symptoms, both));
    const counted: Symptoms = Object.fromEntries(
      Object.entries(scene.symptoms).filter(([name]) => !broken.some(({ leaveOut }) => leaveOut === name)),
    );
    for (const { both, leaveOut, because } of broken)
      yield {
        slug: 'contradictory',
        detail: `the operator says: ${inWords(both)}; ${because}${leaveOut === undefined ? '' : `, so ${leaveOut} is not counted`}`,
      };
    for (const [name, value] of Object.entries(counted))
      if (value !== undefined)
        yield { slug: `${name}-${value}` as `login-works`, detail: `the operator says: ${name} = ${value}` };
    for (const [slug, needed] of Object.entries(patterns))
      if (holds(counted, needed))
        yield { slug: slug as keyof typeof patterns, detail: `the operator says: ${inWords(needed)}` };
  },
});
