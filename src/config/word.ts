/**
 * An operator's word, as a message may repeat it.
 *
 * @module
 */

/** Ways in which credentials begin. A pasted one is a likely slip, and messages end up in CI logs. */
const CREDENTIAL =
  /^["']?(?:eyJ|s:|s%3A|Fe26\.|v[1-4]\.(?:local|public)\.|gAAAA|CfDJ8|bearer\s|basic\s|cookie:)/i;
/** Longer runs without a separator are keys, ids and digests more often than names. */
const LONGEST_RUN = 32;

/** The word in quotes and at most 60 characters, or `(not repeated: …)` when it may be a credential. */
export function quoted(word: string): string {
  if (looksSecret(word)) return '(not repeated here: it looks like a credential)';
  return word.length > 60 ? `"${word.slice(0, 60)}…"` : `"${word}"`;
}

/** True when a word should not be repeated: a credential's beginning, a cookie pair, or a long random run. */
export function looksSecret(word: string): boolean {
  if (CREDENTIAL.test(word.trim())) return true;
  const name = word.split('/').at(-1) ?? '';
  if (/^[^=;]+=[^=]/.test(name) || name.includes(';')) return true;
  return (name.match(/[A-Za-z0-9_-]+/g) ?? []).some((run) => run.length > LONGEST_RUN);
}

/** A text that somebody else wrote (an error of the system or of a library), without what looks like a credential. */
export function withoutCredentials(text: string): string {
  return text.replace(/[^\s"'`,()]+/g, (word) => (looksSecret(word) ? '(not repeated here)' : word));
}
