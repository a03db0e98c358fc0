import { describe, expect, it } from 'vitest';
import { causes } from '../../src/causes/index.ts';

/**
 * What the field has learnt to do and not to do for each cause. In order: what must be among the steps
 * (the one before must stand before the next), and what must be warned of.
 */
const LEARNT: Readonly<Record<string, { readonly now: readonly RegExp[]; readonly not: readonly RegExp[] }>> =
  {
    'secret-rotated-no-grace': {
      now: [/leaked/, /back for verification only/, /Keep signing with .*new secret/],
      not: [/swap back to the old secret alone/, /longest credential lifetime/, /flush/, /MFA/],
    },
    'secret-ephemeral': {
      now: [/Stop restarts/, /pin it/, /accept it for verification only/],
      not: [/previous value alone/, /restart/, /scale out/],
    },
    'secret-split-brain': {
      now: [/fingerprint/, /largest/, /one secret to all/],
      not: [/sticky sessions/, /restart everything at once/, /clearing the cookie/],
    },
    'jwks-key-withdrawn': {
      now: [/leaked/, /back under its kid/, /only after the key is back/],
      not: [/restart verifiers before/, /signature checks off/],
    },
    'jwks-stale-or-throttled': {
      now: [/Purge the JWKS path/, /refetch/, /sign with the old key again/],
      not: [/withdraw the old key/, /all verifiers at once/, /log out and in again/],
    },
    'credential-format-changed': {
      now: [/read both formats.*writing the OLD/, /deploy pipeline/, /every reader/],
      not: [/by hand/, /500/, /change the secret as well/],
    },
    'token-contract-changed': {
      now: [/WHICH claim/, /both the old and the new value/, /earlier version/],
      not: [/algorithm off.*“none”/, /HMAC/, /rotate keys/],
    },
    'store-flushed': {
      now: [/stop what flushed/, /auto-aof-rewrite-percentage 0.*copy the AOF/, /protect the login path/],
      not: [/restart Redis/, /RESETSTAT/, /temporary sessions/],
    },
    'store-lost-on-restart': {
      now: [/promote it BEFORE/, /Stop the supervisor/, /snapshot/],
      not: [/restart it again/, /appendonly/, /expired or revoked sessions/],
    },
    'store-evicting': {
      now: [/Raise maxmemory/, /stop or shrink/, /instance of their own.*noeviction/],
      not: [/restart Redis/, /flush/, /noeviction while the store is still full/],
    },
    'store-unavailable': {
      now: [/503 and leave cookies alone/, /Mend the store/, /retrying/],
      not: [/temporary or in-memory session/, /flush or rebuild/, /log out/],
    },
    'store-lookup-moved': {
      now: [/Be quick/, /read both places/, /put the old prefix/],
      not: [/delete the “orphaned” keys/, /rename keys in bulk/],
    },
    'session-table-destroyed': {
      now: [/Stop further migrations/, /point-in-time recovery into a side table.*unexpired and not revoked/],
      not: [/whole database/, /revoked/, /down migration/],
    },
    'replica-lag': {
      now: [/from the primary/, /wait a few seconds/],
      not: [/lag looks small/, /clear the cookie on a miss/],
    },
    'session-reaper': {
      now: [/Stop the job/, /where the REAPER reads it/],
      not: [/only the cookie lifetime/, /run the job by hand/],
    },
    'session-pinned-to-instance': {
      now: [/old instances.*back into rotation/, /affinity/],
      not: [/restart instances/, /add instances/],
    },
    'cookie-identity-changed': {
      now: [
        /Roll FORWARD.*change of Domain or Path.*expire/,
        /use the one that validates; or give the new scope a new name/,
        /rename.*read the old name too.*expire the old one only then/,
      ],
      not: [/No plain revert/, /Clear-Site-Data/, /clear cookies/],
    },
    'cookie-refused': {
      now: [/Set-Cookie at all/, /X-Forwarded-Proto/, /mend the attribute/],
      not: [/drop Secure/, /widen Domain/],
    },
    'cookie-oversize': {
      now: [/header buffers/, /Expire cookies that are no longer used/, /server-side/],
      not: [/one hop only/],
    },
    'browser-policy-change': {
      now: [/Split the logouts by browser/, /SameSite explicitly/],
      not: [/SameSite=None everywhere/, /roll back a deploy/],
    },
    'edge-caches-session': {
      now: [/Bypass .* then PURGE/, /Revoke the sessions/, /privacy/],
      not: [/only purge/, /Vary: Cookie/],
    },
    'edge-strips-cookie': {
      now: [/Roll the edge back.*bypass/, /both directions/],
      not: [/restart or redeploy the app/, /clear the sessions/],
    },
    'client-binding-broken': {
      now: [/real client address/, /turn the check off/],
      not: [/X-Forwarded-For from everywhere/, /theft/],
    },
    'clock-skew': {
      now: [/out of rotation, if it issues or checks/, /Step .*its clock/, /30 to 60 seconds/],
      not: [/leeway to cover minutes or hours/, /rotate keys or flush/],
    },
    'lifetime-wrong': {
      now: [/unit, zone or setting right/, /three ends agree/],
      not: [/leeway/, /without a bound/],
    },
    'idp-outage': {
      now: [/Extend local sessions and stop forced refreshes/, /last good JWKS/, /do NOT sign out/],
      not: [/log out, clear cookies/, /restart verifiers/, /MFA/],
    },
    'trust-credential-expired': {
      // Its finding may have named it already.
      now: [
        /^Make sure which one it is.*that is SERVED/,
        /new credential or certificate/,
        /put off forced re-authentication/,
      ],
      not: [/switch off certificate or signature checks/, /clock back/],
    },
    'refresh-rotation-race': {
      now: [/Rule out theft first/, /grace window.*same successor/, /must not clear cookies/],
      not: [/reuse detection off for good/],
    },
    'deliberate-revocation': {
      now: [/whoever ordered it/, /login path/, /precaution/],
      not: [/NOT restore/, /MFA/],
    },
    'auth-logic-regression': {
      now: [/switch that off.*quicker/, /by build.*through the pipeline/],
      not: [/by hand/, /names, scopes or formats/],
    },
    'client-wipe': { now: [/503 with Retry-After, never 401/], not: [/revoke the “orphaned” tokens/] },
    'rollback-remnant': {
      now: [/between deploy and revert/, /expire in its own scope/],
      not: [/forward and back/],
    },
    'mixed-fleet': { now: [/finish or undo the roll-out.*completely/, /affinity/], not: [/half-way/] },
    'error-laundering': {
      now: [/first error behind the 401/, /503.*keep the cookie/],
      not: [/error’s text/],
    },
    'restart-masks-cause': {
      now: [/who restarted what/, /Save what is left/],
      not: [/close the incident/, /restart the next/],
    },
    'login-storm': { now: [/Protect the login path/, /jitter/], not: [/MFA/, /same minute/] },
  };

describe('what to do, and what not', () => {
  it('is laid down for every cause and amplifier', () => {
    expect(Object.keys(LEARNT).sort()).toEqual(causes.map(({ id }) => id).sort());
  });

  it.each(causes.map((cause) => [cause.id, cause] as const))(
    '%s holds what the field has learnt',
    (id, cause) => {
      const learnt = LEARNT[id];
      let from = 0;
      for (const step of learnt?.now ?? []) {
        const at = cause.doNow.findIndex((line, index) => index >= from && step.test(line));
        expect(at, `${step} among\n${cause.doNow.join('\n')}`).toBeGreaterThanOrEqual(from);
        from = at;
      }
      for (const danger of learnt?.not ?? []) expect(cause.doNot.join('\n')).toMatch(danger);
    },
  );

  it('never tells one cause to do what another is warned of for the same hop', () => {
    const restarts = causes
      .filter(({ doNow }) => doNow.some((line) => /^Restart|\brestart Redis\b/.test(line)))
      .map(({ id }) => id);
    expect(restarts).toEqual([]);
    const relaxed = causes.filter(({ doNow }) => /(?:relax|skip|drop) (?:the )?MFA/i.test(doNow.join('\n')));
    expect(relaxed.map(({ id }) => id)).toEqual([]);
    const signingOut = causes
      .filter(({ doNow }) =>
        doNow.some((line) => /^Tell users: .*(?<!not )\b(?:log|sign) out (?:and|now)\b/i.test(line)),
      )
      .map(({ id }) => id);
    expect(signingOut).toEqual([]);
  });
});
