/**
 * What balancers and CDNs add of their own: cookies and headers that say who answers, not who is signed in.
 * To see a mixed fleet affinity cookies are dropped; to see what one browser sees they are kept.
 *
 * @module
 */

/** Names that balancers and platforms give their affinity cookies. Compared in lower case. */
const NAMES: ReadonlySet<string> = new Set([
  'awsalb',
  'awsalbcors',
  'awsalbtg',
  'awsalbtgcors',
  'awselb',
  'awselbcors',
  'arraffinity',
  'arraffinitysamesite',
  'applicationgatewayaffinity',
  'applicationgatewayaffinitycors',
  'gclb',
  'gcilb',
  'ingresscookie',
  'serverid',
  'server_id',
  'srv_id',
  'srvid',
  'routeid',
  'route',
  'sticky',
  'stickyid',
  'backend',
  'haproxy',
  'lb',
  '_lb',
  'lb_cookie',
  'x-oracle-bmc-lbs-route',
  'do-lb',
  'citrix_ns_id',
  'traefik',
]);
const PREFIXES = ['bigipserver', 'nsc_', 'rd3http', 'haproxy_', 'sticky_', 'lb_'] as const;

/** True for the name of a balancer's affinity cookie. A name nobody has met is not recognised. */
export function isAffinityCookie(name: string): boolean {
  const lower = name.toLowerCase();
  return NAMES.has(lower) || PREFIXES.some((prefix) => lower.startsWith(prefix));
}

/** Cookies that CDNs and bot shields set on their own, on stored answers too. Lower case; a trailing _ is a prefix. */
const SHIELDS = [
  '__cf_',
  '_cfuvid',
  'cf_',
  '__cflb',
  '__cfruid',
  'ak_bmsc',
  'bm_',
  '_abck',
  'incap_ses_',
  'visid_incap_',
  'nlbi_',
  'reese84',
  'datadome',
  '_px',
  'aws-waf-token',
  'x-ms-routing',
] as const;

/** True for a cookie of the edge's own: it holds no session of the app. */
export function isEdgeCookie(name: string): boolean {
  const lower = name.toLowerCase();
  return SHIELDS.some((shield) => lower.startsWith(shield));
}

/** Response headers that name the instance that answered. Lower case, most telling first. */
export const INSTANCE_HEADERS = [
  'x-instance',
  'x-instance-id',
  'x-pod',
  'x-pod-name',
  'x-host',
  'x-hostname',
  'x-node',
  'x-backend',
  'x-backend-server',
  'x-upstream',
  'x-server',
  'x-server-name',
  'x-served-by',
  'x-app-server',
  'x-origin',
  'fly-machine-id',
] as const;

/** Response headers that name the build. */
export const BUILD_HEADERS = [
  'x-build',
  'x-build-id',
  'x-version',
  'x-app-version',
  'x-release',
  'x-revision',
  'x-git-sha',
  'x-commit',
  'x-deployment-id',
] as const;

/** Response headers that hold a point of presence, and where in them it stands. */
export const POP_HEADERS: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['cf-ray', /-([A-Z]{3})$/],
  ['x-amz-cf-pop', /^([A-Z0-9-]{3,16})$/],
  ['x-vercel-id', /^([a-z]{3}\d{1,2})::/],
  ['x-pop', /^([\w.-]{2,32})$/],
  ['x-edge-location', /^([\w.-]{2,32})$/],
  ['x-nf-request-id', /^([A-Z]{3})-/],
];
