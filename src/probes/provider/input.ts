/**
 * The provider probe's part of the config.
 *
 * @module
 */
import type { Config } from '../../config/config.ts';
import type { Source } from '../../config/schema.ts';
import type { Address, Secret } from '../../config/secret.ts';
import { Skip } from '../probe.ts';

export interface ProviderInput {
  readonly issuer: Address | undefined;
  readonly jwksUri: Address | undefined;
  /** Where the provider's host answers behind its edge. */
  readonly origin: Address | undefined;
  /** A proxy on another machine. */
  readonly via: Address | undefined;
  readonly caFile: string | undefined;
  /** Ask the token and introspection endpoints too, without a credential. */
  readonly emptyPost: boolean;
  readonly client: { readonly id: string; readonly secret: Secret } | undefined;
  /** An earlier copy of the key set: a JWKS, or an evidence file. */
  readonly before: Source | undefined;
  /** Metadata of SAML providers. */
  readonly saml: readonly Source[];
  /** The verifier's own; it is read, never sent. */
  readonly verifierToken: Secret | undefined;
}

/** What there is to look at, or a Skip. */
export function inputOf(config: Config): ProviderInput | Skip {
  const { issuer, jwksUri, clientId, clientSecret, emptyPost = false } = config.provider;
  const { caFile, origin, via, before, saml, verifierToken } = config.provider;
  const named = config.credentials.jwks;
  const keys = jwksUri ?? (named?.kind === 'url' ? named.address : undefined);
  if (!issuer && !keys && !saml?.length && !verifierToken)
    return new Skip('no provider was named', '--issuer URL');
  return {
    issuer,
    jwksUri: keys,
    origin: origin ?? sharedOrigin(config, (issuer ?? keys)?.hostname),
    via,
    caFile,
    emptyPost,
    client:
      clientId !== undefined && clientSecret !== undefined
        ? { id: clientId, secret: clientSecret }
        : undefined,
    before,
    saml: saml ?? [],
    verifierToken,
  };
}

/** A provider under the app's own public name has the app's origin. */
function sharedOrigin(config: Config, host: string | undefined): Address | undefined {
  const { url, origin } = config.edge;
  return url?.some((address) => address.hostname === host) ? origin : undefined;
}
