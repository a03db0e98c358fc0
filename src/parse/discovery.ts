/**
 * A discovery document (OpenID Connect Discovery 1.0 section 3, RFC 8414 section 2), as the few members
 * that matter here.
 *
 * @module
 */
import { jsonObject } from './json.ts';

const URLS = [
  'jwks_uri',
  'authorization_endpoint',
  'token_endpoint',
  'userinfo_endpoint',
  'introspection_endpoint',
  'end_session_endpoint',
] as const;

export type DiscoveryUrl = (typeof URLS)[number];

export type DiscoveryFacts = {
  /** Byte for byte as the document writes it; null when it is missing or no string. */
  readonly issuer: string | null;
  /** Only those that are http: or https: URLs. */
  readonly urls: { readonly [U in DiscoveryUrl]?: string | undefined };
  readonly algorithms: readonly string[];
  /** How clients may prove themselves at the token endpoint; null when the document does not say. */
  readonly clientAuthentication: readonly string[] | null;
};

const MAX_TEXT = 1024;

/** The document's facts, or null when the text is no JSON object or has neither an issuer nor any endpoint. */
export function readDiscovery(text: string): DiscoveryFacts | null {
  const document = jsonObject(text);
  if (document === null) return null;
  const issuer = document['issuer'];
  const urls = Object.fromEntries(
    URLS.flatMap((name) => {
      const url = document[name];
      return typeof url === 'string' && isWebUrl(url) ? [[name, url]] : [];
    }),
  );
  if (typeof issuer !== 'string' && Object.keys(urls).length === 0) return null;
  return {
    issuer: typeof issuer === 'string' ? issuer.slice(0, MAX_TEXT) : null,
    urls,
    algorithms: words(document['id_token_signing_alg_values_supported']) ?? [],
    clientAuthentication: words(document['token_endpoint_auth_methods_supported']),
  };
}

function words(value: unknown): readonly string[] | null {
  return Array.isArray(value)
    ? value
        .filter((one): one is string => typeof one === 'string')
        .slice(0, 50)
        .map((one) => one.slice(0, 40))
    : null;
}

function isWebUrl(text: string): boolean {
  if (text.length > MAX_TEXT) return false;
  try {
    return ['http:', 'https:'].includes(new URL(text).protocol);
  } catch {
    return false;
  }
}
