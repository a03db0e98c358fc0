/**
 * `chronyc -c sources`: one CSV line a source, measured on chrony 4.3. Pure.
 *
 * @module
 */

/** Mode (server, peer, reference clock), then state: `*` is followed, `+` is combined with it. */
const COMBINED = /^[\^=#],[*+],/;

/** How many sources the daemon's time is made of; those that it rejected or cannot reach are left out. */
export function combinedSources(text: string): number {
  return text
    .slice(0, 65_536)
    .split('\n')
    .filter((line) => COMBINED.test(line)).length;
}
