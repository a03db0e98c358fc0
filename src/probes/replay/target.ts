/**
 * How a URL is asked for, straight or pinned to one instance or origin behind it.
 *
 * @module
 */
import type { Address } from '../../config/secret.ts';

/** For one request, ms: a target that hangs must leave time for the others. */
export const PATIENCE = 6000;

export interface Target {
  readonly at: Address;
  /** Connect there while Host and path stay those of the URL. */
  readonly pinnedTo?: Address | undefined;
}

/** What to hand to the HTTP door. */
export interface Asked {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly pin?: { readonly host: string; readonly port: number };
}

/**
 * An instance is asked for the URL's path under the URL's name, as the balancer would ask it; a path of
 * its own wins. Behind a TLS edge it is told that the browser spoke https.
 */
export function requestTo({ at, pinnedTo }: Target): Asked {
  const url = new URL(at.href());
  if (!pinnedTo) return { url: url.href, headers: {} };
  const own = new URL(pinnedTo.href());
  const asked = new URL(url.href);
  asked.protocol = own.protocol;
  if (own.protocol !== url.protocol) asked.port = '';
  if (own.pathname !== '/') {
    asked.pathname = own.pathname;
    asked.search = own.search;
  }
  const port = Number(own.port || (own.protocol === 'https:' ? 443 : 80));
  const host = own.hostname.replace(/^\[|\]$/g, '');
  // An app that knows only its proxy's word would keep Secure cookies back from plain http.
  const told = url.protocol === 'https:' && own.protocol === 'http:';
  return { url: asked.href, headers: told ? { 'x-forwarded-proto': 'https' } : {}, pin: { host, port } };
}
