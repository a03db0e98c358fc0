/**
 * Where browsers' cookie stores differ from each other. Measured on Chromium 156 and Firefox ESR 153.
 *
 * @module
 */

/** What one browser does in the places where browsers disagree. */
export interface Engine {
  readonly id: 'chromium' | 'firefox';
  /** As it is called in text. */
  readonly title: string;
  /** Stores `=value` and sends it without a name; the other kind refuses it. */
  readonly keepsNameless: boolean;
  /** A cookie set again with another value goes behind its equals in the header; the other kind keeps its place. */
  readonly newValueMovesBack: boolean;
  /** What `Clear-Site-Data: "cookies"` takes: everything of the site, or this host's host-only cookies. */
  readonly clears: 'site' | 'host';
}

export const chromium: Engine = {
  id: 'chromium',
  title: 'Chromium 156 (Chrome, Edge)',
  keepsNameless: true,
  newValueMovesBack: true,
  clears: 'site',
};

export const firefox: Engine = {
  id: 'firefox',
  title: 'Firefox 153',
  keepsNameless: false,
  newValueMovesBack: false,
  clears: 'host',
};
