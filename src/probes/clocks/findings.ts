/**
 * Everything that the clocks probe can say.
 *
 * @module
 */
import type { FindingDoc } from '../../model.ts';

const STEP = 'Step that clock (`chronyc makestep` on its host) and see why its time daemon had let it drift.';

/**
 * The catalogue. Instances that were named have findings of the clock probe; here they are in the
 * table, which the first four carry: one of them is always said. The code `table` stays reserved.
 */
export const findings = {
  'all-right': {
    level: 'ok',
    title: 'Every clock that was seen is right',
    why: 'This host and the services that were looked at agree on the time, as far as the table says.',
  },
  'none-off': {
    level: 'ok',
    title: 'No clock that was seen is known to be off',
    why: 'What could be read agrees with the agreed time, but not every clock is known to the second, or there was only one.',
  },
  'some-off': {
    level: 'info',
    title: 'A clock that was seen is off from the agreed time',
    why: 'Who is off, by how much, and how well that is known. Against the leeway each is judged by itself.',
  },
  unchecked: {
    level: 'info',
    title: 'Clocks were seen, but there was no agreed time to hold them against',
    why: 'How far each is from this host’s own clock, which may itself be wrong.',
    fix: 'Name time servers that this host may ask: --ntp HOST HOST HOST',
  },
  'redis-wrong': {
    level: 'warning',
    title: 'The clock of Redis is wrong by more than the leeway',
    why: 'Lifetimes given in seconds are kept all the same; those given as a moment (EXPIREAT, EXAT) end early or late.',
    fix: STEP,
  },
  'database-wrong': {
    level: 'critical',
    title: 'The clock of the database is wrong by more than the leeway',
    why: 'Where the app writes expires_at by its own clock and SQL compares it with now(), sessions end early or never.',
    fix: STEP,
  },
  'provider-wrong': {
    level: 'critical',
    title: 'The clock of the identity provider is wrong by more than the leeway',
    why: 'Its tokens count as not yet valid, or as expired, for everybody with the right time. A cache or proxy in front may have written that Date.',
    fix: 'Tell the provider’s operator. Meanwhile a leeway above the offset lets its tokens pass where that is seconds; one of minutes lets expired and stolen ones pass too.',
  },
  'service-differs': {
    level: 'warning',
    title: 'A service’s clock and this host’s differ by more than the leeway',
    why: 'The agreed time is not known, so either of the two may be wrong.',
    fix: 'Name time servers that this host may ask: --ntp HOST HOST HOST',
  },
  'tokens-refused': {
    level: 'critical',
    title: 'Sampled tokens that are valid would be refused by a host whose clock is wrong',
    why: 'By the agreed time they are good. That host, if it checks tokens with the configured leeway, refuses them.',
    fix: STEP,
  },
  'tokens-end-early': {
    level: 'warning',
    title: 'Sampled tokens will be refused before their end by a host whose clock is ahead',
    why: 'They pass there now. That host, if it checks tokens with the configured leeway, takes them for expired while they are still good.',
    fix: STEP,
  },
} as const satisfies Record<string, FindingDoc>;

export type Slug = keyof typeof findings;
