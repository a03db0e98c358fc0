/**
 * What one answer says about the credential that was sent. Pure.
 *
 * @module
 */
import { type IssuedCookie, type Reply, sessionCookies } from './answer.ts';
import type { Rule } from './observe.ts';

/** `none`: no answer, or one that speaks for a proxy or a limiter and not for the app's session code. */
export type Outcome = 'accepted' | 'refused' | 'error' | 'none';

/** Signed in or not, by the rule. 429 and a balancer's 502–504 say nothing about the credential. */
export function outcomeOf(reply: Reply, rule: Rule): Outcome {
  if (!reply.ok || [429, 502, 503, 504].includes(reply.status)) return 'none';
  const listed = rule.status ? rule.status.includes(reply.status) : reply.status >= 200 && reply.status < 300;
  const toLogin =
    rule.notLocation !== null && reply.location !== undefined && reply.location.includes(rule.notLocation);
  if (listed && !toLogin) return 'accepted';
  return reply.status >= 500 ? 'error' : 'refused';
}

/** `kept`: nothing new was issued. `replaced`: another session cookie came. `rewritten`: cannot tell. */
export type EchoOutcome = 'kept' | 'replaced' | 'rewritten' | 'error' | 'none';

/** Whether the instance took back what the site had issued. */
export function echoOf(reply: Reply, echoed: readonly IssuedCookie[]): EchoOutcome {
  if (!reply.ok || [429, 502, 503, 504].includes(reply.status)) return 'none';
  if (reply.status >= 500) return 'error';
  let rewritten = false;
  for (const cookie of sessionCookies(reply)) {
    const own = echoed.filter((one) => one.name === cookie.name);
    if (own.some((one) => one.value === cookie.value)) continue;
    // The same id under another signature: it was read, accepted, and signed anew with the key of now.
    if (cookie.id !== undefined && own.some((one) => one.id === cookie.id)) continue;
    // Another name is another build's cookie; the same name in the same moving format may be a mere rewrite.
    if (!cookie.rewritten || own.every((one) => one.format !== cookie.format)) return 'replaced';
    rewritten = true;
  }
  return rewritten ? 'rewritten' : 'kept';
}

/** One character an answer, as engineers draw it: `+` accepted or kept, `-` refused or replaced, `E`, `.` nothing known. */
export function strip(outcomes: readonly (Outcome | EchoOutcome)[]): string {
  const marks: Record<Outcome | EchoOutcome, string> = {
    accepted: '+',
    kept: '+',
    refused: '-',
    replaced: '-',
    rewritten: '~',
    error: 'E',
    none: '.',
  };
  return outcomes.map((outcome) => marks[outcome]).join('');
}
