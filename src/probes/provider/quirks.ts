/**
 * What is peculiar to well-known providers, as data: how they are recognised, where their keys are when
 * discovery is down, and which differences of `iss` are by design.
 *
 * @module
 */

export interface Quirk {
  readonly id: string;
  readonly name: string;
  /** Tested against `host/path` of the issuer, lower case. */
  readonly issuer: RegExp;
  /**
   * The key set's URL: `{issuer}` is the issuer without trailing slash, `{origin}` its scheme and host,
   * `{base}` that without a closing /v2.0, `{tenant}` its first path segment.
   */
  readonly jwks: string;
  /** An `iss` that tokens may carry although discovery says another; `{tenant}` is discovery's first path segment. */
  readonly alsoIssues?: readonly string[];
  /** Issuers that its documents name by design whatever alias of the tenant was asked. */
  readonly renames?: RegExp;
  /** What operators trip over, one line. */
  readonly note: string;
}

/** The first that matches counts, so what is special stands before what is general. */
export const quirks: readonly Quirk[] = [
  {
    id: 'firebase-session',
    name: 'Firebase session cookies',
    issuer: /^session\.firebase\.google\.com\//,
    jwks: 'https://identitytoolkit.googleapis.com/v1/sessionCookiePublicKeys',
    note: 'Session cookies are signed with other keys than ID tokens.',
  },
  {
    id: 'firebase',
    name: 'Firebase Authentication',
    issuer: /^securetoken\.google\.com\//,
    jwks: 'https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com',
    note: 'Its client libraries read the keys as X.509 certificates by kid; both forms hold the same kids.',
  },
  {
    id: 'google',
    name: 'Google',
    issuer: /^accounts\.google\.com\/?$/,
    jwks: 'https://www.googleapis.com/oauth2/v3/certs',
    alsoIssues: ['accounts.google.com'],
    note: 'Tokens may say accounts.google.com without https://.',
  },
  {
    id: 'entra',
    name: 'Microsoft Entra ID',
    issuer: /^(?:login\.microsoftonline\.(?:com|us)|login\.partner\.microsoftonline\.cn|sts\.windows\.net)\//,
    jwks: '{origin}/{tenant}/discovery/v2.0/keys',
    alsoIssues: [
      'https://login.microsoftonline.com/{tenant}/v2.0',
      'https://login.microsoftonline.us/{tenant}/v2.0',
      'https://sts.windows.net/{tenant}/',
    ],
    renames:
      /^https:\/\/(?:login\.microsoftonline\.(?:com|us)|login\.partner\.microsoftonline\.cn|sts\.windows\.net|sts\.chinacloudapi\.cn)\/[0-9a-f-]{36}\/(?:v2\.0)?$/i,
    note: 'Discovery for common or organizations has {tenantid} in its issuer; tokens carry the tenant’s own id, and v1 tokens come from sts.windows.net.',
  },
  {
    id: 'entra-external',
    name: 'Microsoft Entra External ID or Azure AD B2C',
    issuer: /^[a-z0-9-]+\.(?:b2clogin|ciamlogin)\.com\//,
    jwks: '{base}/discovery/v2.0/keys',
    renames:
      /^https:\/\/[a-z0-9-]{1,63}\.(?:b2clogin|ciamlogin)\.com\/(?:tfp\/)?[0-9a-f-]{36}\/(?:[a-z0-9_-]{1,80}\/)?v2\.0\/?$/i,
    note: 'The address has the tenant’s name and the policy, the issuer the tenant’s id: the two differ by design.',
  },
  {
    id: 'cognito',
    name: 'Amazon Cognito',
    issuer: /^cognito-idp\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?\//,
    jwks: '{issuer}/.well-known/jwks.json',
    note: 'Each user pool has two keys, one for ID tokens and one for access tokens.',
  },
  {
    id: 'auth0',
    name: 'Auth0',
    issuer: /^[a-z0-9-]+(?:\.[a-z0-9-]+)?\.auth0\.com\/?$/,
    jwks: '{issuer}/.well-known/jwks.json',
    note: 'Its issuer ends with a slash.',
  },
  {
    id: 'okta',
    name: 'Okta (custom authorization server)',
    issuer: /^[a-z0-9.-]+\.okta(?:preview|-emea)?\.com\/oauth2\/[^/]+\/?$/,
    jwks: '{issuer}/v1/keys',
    note: 'Each authorization server has keys of its own; the organization’s are others.',
  },
  {
    id: 'okta-org',
    name: 'Okta (organization)',
    issuer: /^[a-z0-9.-]+\.okta(?:preview|-emea)?\.com\/?$/,
    jwks: '{origin}/oauth2/v1/keys',
    note: 'Access tokens of the organization’s server are not meant to be verified by others.',
  },
  {
    id: 'keycloak',
    name: 'Keycloak',
    issuer: /\/realms\/[^/]+\/?$/,
    jwks: '{issuer}/protocol/openid-connect/certs',
    note: 'The issuer follows the host name that was asked unless one is set, and lost /auth in version 17.',
  },
];

/** The quirk of an issuer, or undefined. */
export function quirkOf(issuer: string): Quirk | undefined {
  let where: string;
  try {
    const url = new URL(issuer);
    where = `${url.host}${url.pathname}`.toLowerCase().slice(0, 512);
  } catch {
    return undefined;
  }
  return quirks.find((quirk) => quirk.issuer.test(where));
}

/** Where the keys of a well-known provider are. */
export function usualJwks(quirk: Quirk, issuer: string): string {
  const url = new URL(issuer);
  return quirk.jwks
    .replace('{issuer}', `${url.origin}${url.pathname}`.replace(/\/+$/, ''))
    .replace('{base}', `${url.origin}${url.pathname}`.replace(/\/+$/, '').replace(/\/v2\.0$/, ''))
    .replace('{origin}', url.origin)
    .replace('{tenant}', url.pathname.split('/')[1] || 'common');
}

/** True when a token's `iss` is one that this provider issues although discovery says `discovered`. */
export function isIssuedBy(iss: string, discovered: string, quirk: Quirk | undefined): boolean {
  const tenant = /^https?:\/\/[^/]{1,253}\/([^/]{1,253})/.exec(discovered)?.[1] ?? '';
  const also = (quirk?.alsoIssues ?? []).map((template) => template.replace('{tenant}', tenant));
  return [discovered, ...also].some((template) => matches(template, iss));
}

/** A name in braces, as multi-tenant discovery documents have it, stands for one path segment. */
function matches(template: string, text: string): boolean {
  const parts = /^([^{]{0,1024})\{[a-z]{1,20}\}([^{]{0,1024})$/i.exec(template);
  if (!parts) return template === text;
  const [, head = '', tail = ''] = parts;
  const middle = text.slice(head.length, text.length - tail.length);
  return (
    text.length > head.length + tail.length &&
    text.startsWith(head) &&
    text.endsWith(tail) &&
    !middle.includes('/')
  );
}
