/**
 * Everything that the provider probe can say.
 *
 * @module
 */
import type { FindingDoc } from '../../model.ts';
import { essentials } from './essentials.ts';
import { keys } from './findings-keys.ts';
import { saml, trust } from './findings-trust.ts';

const VANTAGE =
  'Ask from the app’s own host, and from a second network: --via http://proxy:3128 or --via socks5://127.0.0.1:1080 (ssh -D).';

const reach = {
  refused: {
    level: 'critical',
    title: 'Connections to the provider are refused',
    why: 'Nothing listens there, or a firewall on the way says so in its place. Login, refresh and key look-ups that go the same way fail. Tokens that are verified with keys already held go on working until they expire.',
    fix: VANTAGE,
    blind: true,
  },
  'timed-out': {
    level: 'critical',
    title: 'The provider does not answer in time',
    why: 'Verifiers and login flows that go the same way wait and give up. The phase says where it stalls: name, TCP (a firewall or a dead host), TLS, headers (the service itself) or body.',
    fix: VANTAGE,
    blind: true,
  },
  'name-not-found': {
    level: 'critical',
    title: 'The provider’s name cannot be looked up',
    why: 'ENOTFOUND is an answer: there is no such name (mistyped, or an expired domain). Any other code means that this host’s resolver could not tell. Either way everything on that name fails from here.',
    fix: 'Ask another resolver: dig @1.1.1.1 HOST. If that works, the resolver of this host is the suspect.',
    blind: true,
  },
  unreachable: {
    level: 'critical',
    title: 'There is no way to the provider from this host',
    why: 'Routing or a firewall: it says more about the network between than about the provider.',
    fix: VANTAGE,
    blind: true,
  },
  closed: {
    level: 'critical',
    title: 'The provider closes connections without an answer',
    why: 'Something listens, but resets or ends connections: an overloaded balancer, a crashing service, or an address filter.',
    fix: VANTAGE,
    blind: true,
  },
  'not-http': {
    level: 'critical',
    title: 'What answers at the provider’s address does not speak HTTP',
    why: 'Another service, or a middlebox, stands where the provider should be.',
    blind: true,
  },
  unreadable: {
    level: 'critical',
    title: 'The provider’s answers break off or cannot be decoded',
    why: 'It answers, but what comes cannot be read: a broken proxy, a full disk, or a service that dies while it answers.',
    blind: true,
  },
  failed: {
    level: 'critical',
    title: 'Requests to the provider fail',
    why: 'The way in which they fail has no name here; the code in the detail is the runtime’s own.',
    blind: true,
  },
  'tls-failed': {
    level: 'critical',
    title: 'No TLS connection to the provider can be made',
    why: 'The handshake fails before a certificate can be judged: a version, a cipher or a name that one side does not accept, or no TLS on that port.',
    blind: true,
  },
  'proxy-failed': {
    level: 'warning',
    title: 'This host got no further than the proxy on the way to the provider',
    why: 'What lies behind it was not seen, and nothing is known of that. The app may go another way.',
    fix: 'Check HTTPS_PROXY and NO_PROXY here and in the app’s environment.',
    blind: true,
  },
  unfinished: {
    level: 'info',
    title: 'The run ended before the provider had been looked at',
    why: 'Nothing is known of it from this run.',
    blind: true,
  },
  'down-from-both': {
    level: 'critical',
    title: 'The provider cannot be reached from two vantages',
    why: 'Where the second vantage is in another network, it is the provider, its name or its network, and not this host.',
    blind: true,
  },
  'reachable-elsewhere': {
    level: 'warning',
    title: 'The provider answers elsewhere, but not here',
    why: 'Something between this host and it makes the difference: a firewall, a route, a resolver, or an address block at the provider.',
    fix: 'Compare name resolution, egress address and proxy settings of the two hosts.',
  },
  errors: {
    level: 'critical',
    title: 'Several of the provider’s endpoints fail',
    why: 'Login, refresh and key look-ups that need them fail.',
    fix: 'See the provider’s status page, and give its support the times and status codes above.',
  },
  'endpoint-failing': {
    level: 'warning',
    title: 'One of the provider’s endpoints fails',
    why: 'What depends on that endpoint fails. One alone is no outage of the provider: see what the others did.',
  },
  throttled: {
    level: 'critical',
    title: 'The provider limits requests (429)',
    why: 'A verifier that cannot refresh its keys refuses tokens with a new kid, and every retry prolongs the limit. The limit seen here may be this host’s own.',
    fix: 'Fetch the key set once and share it; wait for Retry-After; keep the last good set.',
  },
  'web-page': {
    level: 'warning',
    title: 'Where JSON belongs, a web page comes',
    why: 'A login page, an error page or a firewall’s challenge: verifiers cannot read it and fail. It may be shown to this host only.',
  },
  'not-json': {
    level: 'warning',
    title: 'Where JSON belongs, something else comes',
    why: 'Verifiers cannot read it and fail.',
  },
  'unlike-oauth': {
    level: 'warning',
    title: 'An endpoint answers an empty POST, but not as OAuth endpoints do',
    why: 'A live one refuses it with 400 or 401 and an OAuth error in JSON (RFC 6749, section 5.2). A firewall may stop such a request, its route may lead elsewhere, or discovery names a wrong URL. It was reached: by itself that is no outage.',
    fix: 'See in the app’s log what a login or a refresh gets from that URL.',
  },
  redirected: {
    level: 'warning',
    title: 'The provider redirects discovery or key requests',
    why: 'openid-client, jose and jwks-rsa do not follow redirects here: to them it is an error. Others follow.',
    fix: 'Configure the final URL, byte for byte.',
  },
  'no-discovery': {
    level: 'warning',
    title: 'No discovery document came under this issuer',
    why: 'Either the issuer is not written as the provider writes it (realm, tenant, path), or the provider lost it, or it does not give it to this host.',
    fix: 'Compare the issuer with the iss of a token: sessdoctor decode TOKEN',
  },
  slow: {
    level: 'warning',
    title: 'The provider is slow',
    why: 'It still answers within what verifiers wait for, but logins and key look-ups that go the same way take that long.',
  },
  'too-slow': {
    level: 'critical',
    title: 'The provider is slower than verifiers wait',
    why: 'openid-client 5 gives up after 3.5 s, jose on a key set after 5 s; login flows time out in the same range.',
  },
  latency: {
    level: 'info',
    title: 'How long the provider took, by phase',
    why: 'dns, tcp and tls are the network; first byte is the service.',
  },
  'limits-bursts': {
    level: 'info',
    title: 'The provider refuses several requests at once, and answers them one by one',
    why: 'A limit on requests a second. Verifiers that start together, or fetch keys for every token, meet it too.',
    fix: 'Fetch the key set once and share it; spread the start of instances.',
  },
  'healthy-but-token-unasked': {
    level: 'ok',
    title: 'The provider answers on every endpoint that was asked, but the token endpoint was not',
    why: 'An outage of all of it is not going on as seen from this host. Login and refresh also need the token endpoint, and some apps need introspection: --empty-post asks both, without a credential.',
  },
  healthy: {
    level: 'ok',
    title: 'The provider answers on every endpoint that was asked, and fast',
    why: 'An outage is not going on as seen from this host. One that ended before this run would look the same, and so would one of an endpoint that is not among these (introspection takes --empty-post).',
  },
  'keys-answer': {
    level: 'ok',
    title: 'The key set is served',
    why: 'Verifiers that go the same way can fetch keys. Login and refresh were not looked at: no issuer was given.',
  },
} as const satisfies Record<string, FindingDoc>;

const issuer = {
  'issuer-match': {
    level: 'ok',
    title: 'The issuer is the same wherever it stands',
    why: 'A verifier that compares bytes accepts it.',
  },
  'issuer-mismatch': {
    level: 'critical',
    title: 'The discovery document names another issuer than the one that was asked',
    why: 'Verifiers compare the issuer byte by byte (OpenID Connect Discovery, section 4.3) and refuse the document, or the tokens.',
    fix: 'Configure the issuer exactly as the document writes it, or mend the provider’s public host name.',
  },
  'issuer-slash': {
    level: 'info',
    title: 'The issuer that was asked differs from the discovery document by a trailing slash',
    why: 'To a verifier that compares bytes these are two issuers. Only a fault where a verifier is configured as it was asked here.',
    fix: 'Write the issuer in the verifier exactly as the document writes it.',
  },
  'issuer-not-expected': {
    level: 'critical',
    title: 'The provider’s issuer is not the one that the verifiers expect',
    why: 'Tokens carry the provider’s issuer, so the verifiers refuse all of them; signing in again does not help.',
    fix: 'Let the verifiers accept both values until the last old token has expired.',
  },
  'issuer-differs': {
    level: 'critical',
    title: 'Tokens carry another issuer than the discovery document',
    why: 'A verifier set up from discovery refuses those tokens, however good their signature is.',
    fix: 'Let the verifiers accept both values until the last old token has expired.',
  },
  'issuer-alias': {
    level: 'info',
    title: 'The provider was asked under another name than its issuer’s',
    why: 'A second address of the same provider: tokens and verifiers agree with the discovery document. Only a fault where a verifier is configured as it was asked here.',
  },
  'other-issuer': {
    level: 'info',
    title: 'Some samples come from another issuer',
    why: 'They were not compared with this provider’s keys.',
  },
  'discovery-without-issuer': {
    level: 'warning',
    title: 'The discovery document names no issuer',
    why: 'It is required (RFC 8414, section 2); strict verifiers refuse the document.',
  },
} as const satisfies Record<string, FindingDoc>;

export const findings = { ...reach, ...essentials, ...issuer, ...keys, ...trust, ...saml } as const;

export type Slug = keyof typeof findings;
