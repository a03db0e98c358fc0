/**
 * What is in the store, where, and for how long: families, databases, lifetimes. Words and judgement. Pure.
 *
 * @module
 */
import type { Fact, FindingDoc } from '../../model.ts';
import type { Scene } from '../probe.ts';
import { roundLifetime } from './ages.ts';
import type { FamilySeen } from './sample.ts';
import type { View } from './view.ts';
import { counted, many, moment, percent, span } from './words.ts';

export const keyspaceFindings = {
  'keys-present': {
    level: 'ok',
    title: 'There are session keys in the store',
    why: 'The store is not empty.',
  },
  'no-keys': {
    level: 'info',
    title: 'There is no key in the sessions’ database',
    why: 'Nobody can be logged in by this store. Another finding may say where the keys went.',
  },
  'prefix-absent': {
    level: 'warning',
    title: 'No key has the configured prefix',
    why: 'The app keeps its sessions under another prefix, in another database, or they are gone.',
  },
  families: {
    level: 'info',
    title: 'What the keys are',
    why: 'Families by prefix, from a sample; keys and values are never shown.',
  },
  'not-sampled': {
    level: 'info',
    title: 'No key was looked at',
    why: 'Lifetimes and prefixes of the sessions are therefore not known.',
  },
  'ttl-short': {
    level: 'critical',
    title: 'Sessions live shorter in the store than they should',
    why: 'The record goes before its time: people are logged out at that age, whatever the cookie says.',
    fix: 'Set the store’s ttl (or the session’s maxAge) to the cookie’s lifetime.',
  },
  'ttl-as-expected': {
    level: 'ok',
    title: 'Sessions live as long as they should',
    why: 'The longest remaining life in the sample fits the configured lifetime.',
  },
  'no-ttl': {
    level: 'warning',
    title: 'Sessions without a time to live',
    why: 'They never go by themselves, the store grows, and under volatile policies everything else is evicted first.',
    fix: 'Let the store set an expiry with every write.',
    weakness: true,
  },
} as const satisfies Record<string, FindingDoc>;

type Slug = keyof typeof keyspaceFindings;

/** Everything about keys of one node. */
export function* examineKeyspace(view: View, db: number, scene: Scene): Generator<Fact<Slug>> {
  const { node, keys, sessions } = view;
  const subject = node.address;
  const { sample } = node;
  if (sample.method === 'none') {
    const { glimpse } = sample;
    const seen = glimpse
      ? `; of ${many(glimpse.keys)} random ones ${many(glimpse.sessions)} are sessions`
      : '';
    if (keys !== 0) yield { slug: 'not-sampled', subject, detail: `${sample.reason}${seen}` };
  } else if (sample.families.length > 0)
    yield { slug: 'families', subject, detail: familyWords(sample.families, sample.keys, sample.complete) };

  const others = Object.entries(view.info?.keyspace ?? {}).filter(
    ([other, one]) => Number(other) !== db && one.keys > 0,
  );
  if (keys === 0) {
    const list = others.map(([other, one]) => `db${other}: ${counted(one.keys, 'key')}`).join(', ');
    yield { slug: 'no-keys', subject, detail: `db${db} is empty${list ? `; ${list}` : ''}` };
  } else if (scene.settings.keyPrefix && !sessions && sample.method !== 'none')
    yield {
      slug: 'prefix-absent',
      subject,
      detail: `none of ${many(sample.keys)} ${sample.complete ? 'keys (all)' : 'sampled keys'} begins with the configured prefix`,
    };
  if (!sessions || sample.method === 'none') return;
  const share = sessions.keys / Math.max(1, sample.keys);
  const estimate = sample.complete ? sessions.keys : share * (keys ?? sample.keys);
  const wrote = view.ages
    ? `, last written between ${moment(view.ages.oldest)} and ${moment(view.ages.newest)}`
    : '';
  yield {
    slug: 'keys-present',
    subject,
    detail: `${sample.complete ? '' : 'about '}${counted(estimate, 'session key')} (${sessions.name}) in db${db}${wrote}`,
  };
  yield* lifetimes(view, sessions, scene);
}

function* lifetimes(view: View, sessions: FamilySeen, scene: Scene): Generator<Fact<Slug>> {
  const subject = view.node.address;
  const wanted = scene.settings.sessionTtlMs;
  const longest = sessions.ttl.at(-1);
  const asked = sessions.withTtl + sessions.withoutTtl;
  if (sessions.withoutTtl > asked / 10)
    yield {
      slug: 'no-ttl',
      subject,
      detail: `${percent(sessions.withoutTtl / asked)} of ${many(asked)} sampled ${sessions.name} keys have none`,
    };
  if (wanted === undefined || longest === undefined) return;
  // With steady logins the longest life in 100 sessions is within a few per cent of the real one.
  if (sessions.withTtl >= 100 && longest < wanted * 0.8 && justWritten(view, longest))
    yield {
      slug: 'ttl-short',
      subject,
      detail: `the longest of ${many(sessions.withTtl)} remaining lives is ${span(longest)}, the configured lifetime is ${span(wanted)}`,
    };
  else if (longest >= wanted * 0.8 && longest <= wanted * 1.05)
    yield {
      slug: 'ttl-as-expected',
      subject,
      detail: `longest remaining life ${span(longest)} of ${span(wanted)}`,
    };
}

/**
 * Was one of them written just now? At night, or while writes fail, even the longest life has run for hours.
 * A longest life just below a round one was given that; and writes between the two looks are some of them.
 */
function justWritten({ node, info }: View, longest: number): boolean {
  if (roundLifetime(longest) !== undefined) return true;
  const grown = (name: string): number =>
    (node.later?.info.commands[name]?.calls ?? 0) - (info?.commands[name]?.calls ?? 0);
  return ['set', 'setex', 'psetex', 'expire', 'pexpire', 'hset', 'hmset'].some((name) => grown(name) > 0);
}

function familyWords(families: readonly FamilySeen[], keys: number, complete: boolean): string {
  const list = families
    .slice(0, 6)
    .map((family) => {
      const share = family.keys / Math.max(1, keys);
      return `${family.name}${family.layout ? ` (${family.layout})` : ''} ${percent(share)}${complete ? '' : ` ± ${(margin(share, keys) * 100).toFixed(1)}`}`;
    })
    .join(', ');
  return `${complete ? `all ${counted(keys, 'key')}` : `a sample of ${counted(keys, 'key')}`}: ${list}`;
}

/** Half the 95 % interval of a share (Wilson's, at its centre). */
export function margin(share: number, count: number): number {
  const z = 1.96;
  return (
    (z * Math.sqrt((share * (1 - share)) / count + (z * z) / (4 * count * count))) / (1 + (z * z) / count)
  );
}
