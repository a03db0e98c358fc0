/**
 * Why a browser does not keep a cookie: the reasons by Chromium's names, and their words.
 *
 * @module
 */

/** Chromium's exclusion reasons, without their `Exclude` prefix. */
export type Refusal =
  | 'NoCookieContent'
  | 'DisallowedCharacter'
  | 'NameValuePairExceedsMaxSize'
  | 'InvalidDomain'
  | 'InvalidPrefix'
  | 'InvalidPartitioned'
  | 'SecureOnly'
  | 'SameSiteNoneInsecure'
  | 'OverwriteSecure';

interface Words {
  /** Completes "the browser refuses it because …". */
  readonly because: string;
  readonly fix: string;
}

export const refusals: Readonly<Record<Refusal, Words>> = {
  NoCookieContent: {
    because: 'it has neither a name nor a value that this browser keeps',
    fix: 'send Set-Cookie: NAME=VALUE; …',
  },
  DisallowedCharacter: {
    because: 'the line holds a control character',
    fix: 'encode the value (base64url or percent-encoding) before it goes into Set-Cookie',
  },
  NameValuePairExceedsMaxSize: {
    because: 'name and value together are over 4096 bytes',
    fix: 'keep the session on the server and only its id in the cookie, or split it into chunks; take large claims (groups, profile) out',
  },
  InvalidDomain: {
    because:
      'its Domain does not cover the host that sent it (a sibling, another site, a public suffix, or something that is not a host name)',
    fix: 'leave Domain out, or set it to this host or a parent of it, without scheme and port',
  },
  InvalidPrefix: {
    because: "it breaks the rules that its name's prefix promises",
    fix: '__Host- needs Secure, Path=/ and no Domain; __Secure- needs Secure; __Http- needs Secure and HttpOnly (upper or lower case)',
  },
  InvalidPartitioned: { because: 'Partitioned needs Secure', fix: 'add Secure' },
  SecureOnly: {
    because: 'it says Secure but arrived over http',
    fix: 'serve this response over https; behind a TLS-terminating proxy, make the app trust X-Forwarded-Proto (express: trust proxy)',
  },
  SameSiteNoneInsecure: {
    because: 'SameSite=None needs Secure',
    fix: 'add Secure (and serve https), or use SameSite=Lax',
  },
  OverwriteSecure: {
    because: 'it arrived over http and would cover a Secure cookie of the same name',
    fix: 'serve this response over https and add Secure',
  },
};
