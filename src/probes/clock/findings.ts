/**
 * Everything that the clock probe can say.
 *
 * @module
 */
import type { FindingDoc } from '../../model.ts';

const STEP =
  'Take the host out of rotation, then `chronyc makestep` (or `timedatectl set-ntp true`), and see with `chronyc sources` why the daemon had let it drift.';

const own = {
  'in-sync': {
    level: 'ok',
    title: 'This host’s clock is right',
    why: 'A majority of three or more time servers puts it within a second or so, and tokens count in seconds. It says nothing about the other hosts that issue or check tokens.',
  },
  'in-sync-unproven': {
    level: 'ok',
    title: 'This host’s clock agrees with the few time servers that answered',
    why: 'Fewer than three servers answered, but being wrong by the same amount as a server would be a rare accident, unless this host follows that server.',
  },
  'local-wrong': {
    level: 'critical',
    title: 'This host’s clock is wrong by more than the leeway',
    why: 'What this host issues counts as expired or not yet valid elsewhere, and what it checks counts so here. Times in this report are corrected.',
    fix: STEP,
  },
  'local-off-within-leeway': {
    level: 'warning',
    title: 'This host’s clock is off, but within the leeway',
    why: 'Verifiers that tolerate the leeway accept its tokens; one without any refuses fresh ones for that long.',
    fix: STEP,
  },
  'local-suspect': {
    level: 'warning',
    title: 'Too few time servers say that this host’s clock is wrong',
    why: 'One or two servers cannot prove it: they may be the ones that are wrong. Three or more can.',
    fix: 'Ask more servers of different operators: --ntp HOST HOST HOST',
  },
  'too-coarse': {
    level: 'info',
    title: 'The time could be told only coarsely',
    why: 'The way to the servers is slow or uneven, or they are unsure themselves; within that range nothing speaks against this clock.',
  },
  falseticker: {
    level: 'info',
    title: 'A time server tells another time than the majority',
    why: 'A host that follows it alone has its time. Around a leap second, one that smears it is up to a second away from those that do not, by design.',
    fix: 'If it stays away, take it out of the time daemons’ configuration, or give them four sources.',
  },
  'servers-disagree': {
    level: 'warning',
    title: 'The time servers do not agree with each other',
    why: 'No majority: any of them may be the one that is right, so nothing is said about this host’s clock.',
    fix: 'Ask more servers of different operators: --ntp HOST HOST HOST HOST',
  },
  'servers-contradict-daemon': {
    level: 'warning',
    title: 'The few time servers that answered contradict the local time daemon',
    why: 'The daemon is synchronised to sources of its own: either those are wrong or these servers are. Three servers that agree would settle it.',
    fix: 'Ask more servers of different operators: --ntp HOST HOST HOST',
  },
  'server-unsynchronised': {
    level: 'info',
    title: 'A time server says that it has no time itself',
    why: 'It answers, but is not synchronised to anything, so it was not listened to.',
  },
  'server-unusable': {
    level: 'info',
    title: 'A time server’s answer is of no use',
    why: 'It is malformed, or the server is unsure by seconds itself; it was not listened to.',
  },
  'server-limits': {
    level: 'info',
    title: 'A time server asked to be left alone',
    why: 'A kiss-of-death (RATE: too many queries from this address; DENY, RSTR: not for us). It says nothing about any clock.',
  },
  'server-silent': {
    level: 'info',
    title: 'Some time servers did not answer',
    why: 'Others did. NTP is often firewalled or rate-limited.',
  },
  'no-answer': {
    level: 'info',
    title: 'No time server told this host the time',
    why: 'NTP is often firewalled or rate-limited, so this is no fault in itself; but this host’s clock was not compared with them.',
    fix: 'Name servers that this host may ask: --ntp HOST HOST HOST',
  },
  'not-asked': {
    level: 'info',
    title: 'No time server was asked',
    why: 'They were turned off, so this host’s clock was not compared with any.',
    fix: 'Name servers that this host may ask: --ntp HOST HOST HOST',
  },
  'daemon-synchronised': {
    level: 'ok',
    title: 'The local time daemon is synchronised',
    why: 'It follows sources of its own and keeps this host’s clock near them.',
  },
  'daemon-off': {
    level: 'warning',
    title: 'The local time daemon says that this host’s clock is wrong by more than the leeway',
    why: 'It follows a source, but has not (or may not have) moved the clock to it.',
    fix: STEP,
  },
  'daemon-suspect': {
    level: 'warning',
    title: 'The local time daemon follows too few sources to say that this host’s clock is wrong',
    why: 'A daemon with one or two sources believes whatever they say and counts as synchronised: they may be the ones that are wrong.',
    fix: 'Ask more servers of different operators: --ntp HOST HOST HOST; and give the daemon four sources.',
  },
  'daemon-misled': {
    level: 'warning',
    title: 'The local time daemon believes a time that the majority of servers contradicts',
    why: 'It counts as synchronised, to sources that tell another time: no alert on “not synchronised” would show it.',
    fix: 'Compare `chronyc sources` with other servers, and give it four of different operators.',
  },
  'daemon-unsynchronised': {
    level: 'warning',
    title: 'A time daemon runs on this host, but is not synchronised',
    why: 'Unless something else keeps this clock right (the hypervisor, PTP, another daemon), it drifts, by seconds a day at worst.',
    fix: 'See `chronyc sources -v` and `chronyc activity`: are the sources reachable (UDP 123)?',
    weakness: true,
  },
} as const satisfies Record<string, FindingDoc>;

const hosts = {
  'host-in-sync': {
    level: 'ok',
    title: 'An instance’s clock is right',
    why: 'Its Date header agrees with the agreed time. A proxy in front may have written that header.',
  },
  'all-in-sync': {
    level: 'ok',
    title: 'Every instance that was named is right by its Date, and this host’s clock too',
    why: 'If these are all the hosts that issue and check tokens, and no proxy in front wrote their Date, the time is not what logs people out now. A clock that has been set right since is not seen.',
  },
  'host-wrong': {
    level: 'critical',
    title: 'An instance’s clock is wrong by more than the leeway',
    why: 'What it issues counts as expired or not yet valid elsewhere, and what it checks counts so there; behind one of several instances this looks random to users. One that is behind may also be a stored answer, from a cache that does not say so.',
    fix: STEP,
  },
  'host-off-within-leeway': {
    level: 'warning',
    title: 'An instance’s clock is off, but within the leeway',
    why: 'Verifiers that tolerate the leeway accept its tokens; one without any refuses fresh ones for that long.',
    fix: STEP,
  },
  'host-differs': {
    level: 'warning',
    title: 'An instance’s clock and this host’s differ by more than the leeway',
    why: 'This host’s own clock could not be checked, so either of the two may be wrong.',
    fix: 'Name time servers that this host may ask: --ntp HOST HOST HOST',
  },
  'host-two-clocks': {
    level: 'critical',
    title: 'Two clocks answer under one name',
    why: 'Instances behind that name disagree about the time: a token close to its beginning or its end passes at one and fails at the other.',
    fix: 'Ask each instance directly (clock.hosts) and step the clock of the one that is off.',
  },
  'host-app-clock-wrong': {
    level: 'critical',
    title: 'The app behind a proxy has a wrong clock',
    why: 'A cookie’s Expires and Max-Age together tell the app’s own time, and it is not the Date that the proxy wrote over the app’s.',
    fix: STEP,
  },
  'host-cookie-times-differ': {
    level: 'warning',
    title: 'A cookie’s Expires and Max-Age tell of two lifetimes, or of a wrong clock',
    why: 'Browsers obey Max-Age. Either the app means two lifetimes, or it is behind a proxy that writes its own Date and its clock is off.',
    fix: 'Ask the app past the proxy for its Date (clock.hosts), and give both attributes one lifetime.',
  },
  'host-cookie-lifetime-differs': {
    level: 'info',
    title: 'A session cookie lives by another lifetime than configured, or the app’s clock is wrong',
    why: 'The difference is whole minutes, as between two lifetimes; a proxy that writes its own Date would hide an app’s clock that is off by as much.',
    fix: 'If the lifetime in the config is right, ask the app past the proxy for its Date: --instance URL',
  },
  'host-app-clock-suspect': {
    level: 'warning',
    title: 'By the lifetime of its session cookie, the app behind a proxy may have a wrong clock',
    why: 'What its Expires leaves of the configured lifetime is no whole number of minutes away from it, or nothing. A proxy that writes its own Date hides the app’s clock; another lifetime would look the same.',
    fix: 'Ask the app past the proxy for its Date: --instance URL; and see which lifetime it sets.',
  },
  'host-app-clock-agrees': {
    level: 'critical',
    title: 'The app behind a proxy has a wrong clock: its session cookie and an instance’s Date say the same',
    why: 'Its cookie’s Expires is off from the configured lifetime by as much as an instance’s own Date is from the right time; the proxy writes its own Date over the app’s.',
    fix: STEP,
  },
  'host-cookie-born-expired': {
    level: 'warning',
    title: 'A cookie’s Expires lies before the Date of the answer that sets it',
    why: 'The browser drops it at once. Either the app behind the proxy is behind in time, or it computes the lifetime wrongly.',
  },
  'host-no-time': {
    level: 'info',
    title: 'An instance answered without telling its time',
    why: 'No Date header, or one out of a cache, which is the time when that copy was made.',
  },
  'host-unreachable': {
    level: 'warning',
    title: 'An instance could not be asked for its time',
    why: 'Its clock is unknown, not right.',
    blind: true,
  },
} as const satisfies Record<string, FindingDoc>;

/** The catalogue: this host's clock, then the instances'. */
export const findings = { ...own, ...hosts };

export type Slug = keyof typeof findings;
