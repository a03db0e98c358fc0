/**
 * Everything the replay can say.
 *
 * @module
 */
import type { FindingDoc } from '../../model.ts';

const agree =
  'Send traffic only to the instances that agree (the larger group), then give all of them the same secret, store and build.';

export const replayFindings = {
  asked: {
    level: 'info',
    title: 'Requests that the replay sent',
    why: 'GET only, no login and no logout. An app that stores anonymous sessions has made a record for each request without a valid cookie.',
  },
  unreachable: {
    level: 'warning',
    title: 'The replay URL could not be reached from this host',
    why: 'Nothing is known about sessions there: neither that they work nor that they do not.',
    fix: 'Check the URL, and ask again from a host that users’ traffic passes.',
    blind: true,
  },
  'turned-away': {
    level: 'warning',
    title: 'While this look went on, everybody began to be turned away',
    why: 'A firewall or a limit of requests answered from then on, not the app: only what came before says something of sessions.',
    fix: 'Allow this host for the time of the look, or ask fewer times: replay.times in sessdoctor.yaml',
    blind: true,
  },
  'instance-unreachable': {
    level: 'warning',
    title: 'A pinned instance could not be reached from this host',
    why: 'Whether it accepts the credential is not known.',
    fix: 'Run this from inside the network of the instances.',
    blind: true,
  },
  'no-credential': {
    level: 'info',
    title: 'No credential was replayed',
    why: 'Only the anonymous echo test was made, which needs no login.',
    fix: 'Give one working or failing cookie or token: --samples FILE',
  },
  'credential-unsent': {
    level: 'warning',
    title: 'The credential that was to be replayed could not be sent',
    why: 'Whether it is still accepted, and by all, is not known: the requests went without it.',
    fix: 'Give a file whose first cookie or token works as it is: --samples FILE; for a bare cookie value also its name: --cookie NAME',
    blind: true,
  },
  'not-protected': {
    level: 'info',
    title: 'The URL lets anybody in, so it does not tell who is signed in',
    why: 'A request without a credential gets the same kind of answer as one with it.',
    fix: 'Name a URL that needs a login (an account page, /api/me), or say what signed in looks like: replay.authenticated in sessdoctor.yaml',
  },
  'all-accepted': {
    level: 'ok',
    title: 'The credential was accepted every time',
    why: 'No instance that was met refuses what the others accept.',
  },
  'old-accepted': {
    level: 'ok',
    title: 'A credential from before the incident is still accepted',
    why: 'Its key, its record and its format are alive, at least for this one.',
  },
  'all-refused': {
    level: 'warning',
    title: 'The credential was refused every time',
    why: 'The instances agree, so this is no lottery between them: the credential is expired, unknown or unreadable for all.',
  },
  'all-errors': {
    level: 'critical',
    title: 'The app answers the credential with an error every time',
    why: 'The lookup or the code fails; that is not the same as “not signed in”.',
  },
  'some-errors': {
    level: 'warning',
    title: 'The app answers the same credential with an error at times',
    why: 'Some instances fail on it: another build, or a store that does not answer them.',
  },
  'fails-then-passes': {
    level: 'critical',
    title: 'The same credential failed at first and passed a moment later',
    why: 'It became valid while it was being sent: a replica that catches up, or a clock that is behind.',
    fix: 'Read sessions from the primary; check the instances’ clocks.',
  },
  'passes-then-fails': {
    level: 'critical',
    title: 'The same credential passed at first and then failed for good',
    why: 'The session ended while it was being used: evicted, expired, revoked, or ended because it was used from another client.',
  },
  'used-up': {
    level: 'info',
    title: 'The app gave a new session id in place of this one, which ended with that',
    why: 'Ids that change with each request are no lottery between instances: sent again, the old one is refused by all. The browser it was taken from may be signed out by now.',
    fix: 'Take a fresh session for each look.',
  },
  'mixed-self-contained': {
    level: 'critical',
    title: 'The same self-contained credential is accepted at times and refused at others',
    why: 'Everything is in the credential, so no store can be missing it: instances check it with different keys, clocks or rules.',
    fix: agree,
  },
  'mixed-signed-id': {
    level: 'critical',
    title: 'The same signed session id is accepted at times and refused at others',
    why: 'Instances check the signature with different secrets, or look the session up in different stores.',
    fix: agree,
  },
  'mixed-opaque': {
    level: 'critical',
    title: 'The same session id is accepted at times and refused at others',
    why: 'No key is involved, so instances look it up in different places: their own memory, another database or prefix, a replica.',
    fix: agree,
  },
  'accepted-one-way': {
    level: 'critical',
    title: 'Some instances accept the cookies of all, others only their own kind’s',
    why: 'Instances that know each other’s records share a store (or need none), so it is the signature that some refuse: they lack a secret that others sign with, as when a rotation is half rolled out.',
    fix: 'Give every instance both secrets for verifying first; let any of them sign with the new one only then.',
  },
  'accepted-though-mixed': {
    level: 'info',
    title: 'This credential was accepted every time, though not every one is',
    why: 'It is of the kind that all instances accept.',
  },
  'signature-holds': {
    level: 'info',
    title: 'Every instance accepts the signature, and not every one knows the session',
    why: 'An anonymous cookie passes everywhere, one with a made-up signature nowhere: the instances hold one secret. What differs is where they look sessions up.',
    fix: 'Compare the store’s address, database and key prefix on each instance.',
  },
  'secret-differs': {
    level: 'critical',
    title: 'Instances that refuse each other’s cookies sign with different secrets',
    why: 'The secrets that were given tell the cookies apart by who signed them.',
    fix: 'Give all instances the same secret, and the other one for verifying.',
  },
  'secret-shared': {
    level: 'critical',
    title: 'Instances that refuse each other’s cookies sign with the same secret',
    why: 'The signature is good wherever the cookie goes, so the record is what is missing: each keeps its sessions in a place of its own.',
    fix: 'Compare the store’s address, database and key prefix on each instance.',
  },
  'cross-refused-self-contained': {
    level: 'critical',
    title: 'Instances accept their own self-contained cookies and refuse each other’s',
    why: 'The cookie needs no store and has the same form everywhere: the instances hold different keys.',
    fix: 'Compare the SHA-256 of the secret’s bytes on each instance and give all of them the same.',
  },
  'cross-refused-signed-id': {
    level: 'critical',
    title: 'Instances accept their own session cookies and refuse each other’s',
    why: 'They hold different secrets, or each keeps its sessions in a place of its own.',
    fix: 'Compare the SHA-256 of the secret’s bytes and the store’s address on each instance.',
  },
  'cross-refused-opaque': {
    level: 'critical',
    title: 'Instances know their own session ids and not each other’s',
    why: 'No key is involved: each instance keeps its sessions in a place of its own.',
    fix: 'Compare the store’s address, database and key prefix on each instance.',
  },
  'instances-agree': {
    level: 'ok',
    title: 'All pinned instances treat the same credentials alike',
    why: 'They share secrets and store.',
  },
  'follows-instance': {
    level: 'warning',
    title: 'Whether the credential is accepted depends on the instance',
    why: 'Each instance always gives the same answer, and not all give the same.',
    fix: 'Take the refusing instances out of rotation.',
  },
  'follows-build': {
    level: 'warning',
    title: 'Whether the credential is accepted depends on the build',
    why: 'Two releases answer the same users and do not accept each other’s sessions.',
    fix: 'Finish or undo the roll-out through the pipeline, completely.',
  },
  'follows-pop': {
    level: 'warning',
    title: 'Whether the credential is accepted depends on the point of presence',
    why: 'The way through one edge location differs from the others.',
    fix: 'Have the differing location taken out of rotation.',
  },
  'affinity-hides': {
    level: 'warning',
    title: 'With the balancer’s affinity cookie the mix disappears',
    why: 'One browser sees one instance and all looks well, until its instance goes away or the cookie is lost.',
  },
  'fleet-names': {
    level: 'critical',
    title: 'The same URL issues its session cookie under different names',
    why: 'Two releases answer. Each ignores the other’s cookie, so a browser that holds both flaps between signed in and out.',
    fix: 'Finish or undo the roll-out completely; let the new release read the old name too.',
  },
  'fleet-scopes': {
    level: 'critical',
    title: 'The same URL issues its session cookie with different Domain or Path',
    why: 'Two releases or configurations answer. A browser keeps one cookie per Domain and Path, and sends both.',
    fix: 'Finish or undo the roll-out completely, and delete the cookie in the scope that is given up.',
  },
  'fleet-attributes': {
    level: 'warning',
    title: 'The same URL issues its session cookie with different flags',
    why: 'Two releases or configurations answer. The cookie is the same one to a browser, but when it is sent changes from answer to answer.',
    fix: 'Finish or undo the roll-out completely.',
  },
  'fleet-formats': {
    level: 'warning',
    title: 'The same URL issues its session cookie in different formats',
    why: 'Two releases answer, and each may be unable to read what the other wrote.',
    fix: 'Let every build read both formats before any build writes the new one.',
  },
  'fleet-formats-refused': {
    level: 'critical',
    title: 'Two cookie formats are in use at once, and one side refuses the other’s',
    why: 'A release that changed the format is half rolled out: users are thrown back and forth.',
    fix: 'Finish or undo the roll-out through the pipeline, completely; then let every build read both formats.',
  },
  'fleet-silent': {
    level: 'info',
    title: 'The same URL issues a session cookie at times only',
    why: 'Some instances or caches answer without one: another build, another path rule, or a cache in between.',
  },
  'fleet-sessionless': {
    level: 'critical',
    title: 'Some of the instances keep no session at this URL at all',
    why: 'They set no cookie for strangers and take none from the signed-in, without replacing it: another Path of the cookie, another build, or a route that is missing there.',
    fix: 'Finish or undo the roll-out completely; compare the cookie’s Path and the session middleware of the two releases.',
  },
  'fleet-uniform': {
    level: 'ok',
    title: 'All answers issue the session cookie in one form',
    why: 'Name, attributes and format agree; no second release shows.',
  },
  'echo-kept': {
    level: 'ok',
    title: 'The site accepts the anonymous cookie that it issued, every time',
    why: 'Secret and store hold across the instances that were met.',
  },
  'echo-all-replaced': {
    level: 'warning',
    title: 'The site never accepts the anonymous cookie that it has just issued',
    why: 'The cookie does not reach the app, no store keeps the session, or every process has a secret of its own. Some apps keep no anonymous sessions at all; then this is how they are built.',
    fix: 'Ask the origin directly and compare: --edge URL --origin URL',
  },
  'echo-unclear': {
    level: 'info',
    title: 'The echo test cannot tell: the site rewrites its cookie in every answer',
    why: 'An encrypted or dated cookie gets a new text each time it is written, accepted or not.',
    fix: 'Replay a signed-in session instead: --samples FILE',
  },
  'no-anonymous-cookie': {
    level: 'info',
    title: 'The site gives no cookie to an anonymous visitor',
    why: 'The echo test needs one; it says nothing here.',
    fix: 'Ask the login page, or replay a signed-in session: --samples FILE',
  },
  overwritten: {
    level: 'warning',
    title: 'An answer that refuses the credential also overwrites it',
    why: 'In a browser the good cookie is gone after the first miss: the logout is permanent although other instances would have accepted it.',
    fix: 'Do not let an instance that refuses a cookie write one under the same name until the fleet agrees.',
  },
  cleared: {
    level: 'warning',
    title: 'An answer that refuses the credential also deletes it',
    why: 'In a browser the cookie is gone after the first refusal.',
  },
} as const satisfies Readonly<Record<string, FindingDoc>>;

export type ReplaySlug = keyof typeof replayFindings;
