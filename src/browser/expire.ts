/**
 * The exact line that takes a cookie out of browsers that hold it.
 *
 * @module
 */
import type { CookieFacts } from './describe.ts';

/**
 * `Set-Cookie: sid=; Domain=example.com; Path=/; Max-Age=0`: same name, same scope, over at once
 * (RFC 6265bis 5.7). A host-only cookie is named without Domain, so only a
 * response of its own host takes it out.
 */
export function lineThatExpires(facts: CookieFacts): string {
  const attributes = [
    facts.hostOnly ? '' : `Domain=${facts.domain}`,
    `Path=${facts.path}`,
    // A partitioned or SameSite=None cookie is only replaced by a line that browsers would take for one.
    facts.sameSite === 'none' ? 'SameSite=None' : '',
    facts.secure ? 'Secure' : '',
    facts.partitioned ? 'Partitioned' : '',
    'Max-Age=0',
  ].filter(Boolean);
  return `Set-Cookie: ${facts.name}=; ${attributes.join('; ')}`;
}

/** The line, and for a host-only cookie the host that must send it. */
export function lineAndSender(facts: CookieFacts): string {
  return `${lineThatExpires(facts)}${facts.hostOnly ? ` from ${facts.domain}` : ''}`;
}
