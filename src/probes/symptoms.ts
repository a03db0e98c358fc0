/**
 * What the operator and the users report, as findings. No I/O: the answers are the observation.
 *
 * @module
 */
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

/** One slug per answer: `<name>-<value>`, e.g. `login-works`. */
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
    for (const [name, value] of Object.entries(scene.symptoms))
      if (value !== undefined)
        yield { slug: `${name}-${value}` as `login-works`, detail: `the operator says: ${name} = ${value}` };
  },
});
