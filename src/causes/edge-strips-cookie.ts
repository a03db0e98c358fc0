import { defineCause } from './cause.ts';

export const edgeStripsCookie = defineCause({
  id: 'edge-strips-cookie',
  title: 'A proxy or CDN drops, merges or rewrites cookies on the way',
  hop: 'edge',
  story:
    'The origin sends its Set-Cookie, or the browser its Cookie, and something between them removes it, keeps only the last of several, rewrites its attributes, or sends the request off because it cannot read it. New logins do not stick or a whole point of presence fails; straight at the origin everything works.',
  prior: -4.5,
  signals: {
    'cookies/not-set': 'weak',
    'symptoms/pattern-new-refused': 4,
    'symptoms/login-fails': 1,
    'symptoms/oldSessions-rejected': -2,
    'symptoms/login-works': 'against',
    'symptoms/newLogin-sticks': 'against',
    'symptoms/login-private-window-only': 'against',
    'replay/follows-pop': 5.5,
    'replay/echo-all-replaced': 2,
    'replay/echo-kept': -6,
    'replay/all-accepted': 'against',
  },
  doNow: [
    'Roll the edge back to its last good configuration, or bypass it for the login and session paths.',
    'If one point of presence or node differs, have it taken out of rotation.',
    'Check both directions: Set-Cookie to the browser (how many lines?), Cookie to the origin.',
    'Tell users: “Please do not sign out; sign-in is being repaired.”',
    'Watch a scripted login through each point of presence until it sticks.',
  ],
  doNot: [
    'Do not restart or redeploy the app: it is healthy, as a request straight to the origin shows.',
    'Do not turn on “cache everything” or “ignore cookies” to shed load on these paths.',
    'Do not clear the sessions: the old ones work.',
  ],
  prevent: [
    'A test through the edge that sets several cookies and reads them back.',
    'Name every edge function that reads or writes cookies; an unreadable cookie must pass through.',
    'Record the point of presence with each sample of a failure.',
  ],
  confirmWith: [
    'Compare the answers of edge and origin: number and content of Set-Cookie lines: --edge URL --origin URL',
    'Log in straight at the origin.',
    'Compare failures by point of presence.',
  ],
});
