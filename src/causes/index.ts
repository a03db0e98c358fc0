/**
 * The list of causes. A cause that is not listed here does not exist.
 *
 * @module
 */
import { authLogicRegression } from './auth-logic-regression.ts';
import { browserPolicyChange } from './browser-policy-change.ts';
import { clientBindingBroken } from './client-binding-broken.ts';
import { clientWipe } from './client-wipe.ts';
import { clockSkew } from './clock-skew.ts';
import { cookieIdentityChanged } from './cookie-identity-changed.ts';
import { cookieOversize } from './cookie-oversize.ts';
import { cookieRefused } from './cookie-refused.ts';
import { credentialFormatChanged } from './credential-format-changed.ts';
import { deliberateRevocation } from './deliberate-revocation.ts';
import { edgeCachesSession } from './edge-caches-session.ts';
import { edgeStripsCookie } from './edge-strips-cookie.ts';
import { errorLaundering } from './error-laundering.ts';
import { idpOutage } from './idp-outage.ts';
import { jwksKeyWithdrawn } from './jwks-key-withdrawn.ts';
import { jwksStaleOrThrottled } from './jwks-stale-or-throttled.ts';
import { lifetimeWrong } from './lifetime-wrong.ts';
import { loginStorm } from './login-storm.ts';
import { mixedFleet } from './mixed-fleet.ts';
import { refreshRotationRace } from './refresh-rotation-race.ts';
import { replicaLag } from './replica-lag.ts';
import { restartMasksCause } from './restart-masks-cause.ts';
import { rollbackRemnant } from './rollback-remnant.ts';
import { secretEphemeral } from './secret-ephemeral.ts';
import { secretRotatedNoGrace } from './secret-rotated-no-grace.ts';
import { secretSplitBrain } from './secret-split-brain.ts';
import { sessionPinnedToInstance } from './session-pinned-to-instance.ts';
import { sessionReaper } from './session-reaper.ts';
import { sessionTableDestroyed } from './session-table-destroyed.ts';
import { storeEvicting } from './store-evicting.ts';
import { storeFlushed } from './store-flushed.ts';
import { storeLookupMoved } from './store-lookup-moved.ts';
import { storeLostOnRestart } from './store-lost-on-restart.ts';
import { storeUnavailable } from './store-unavailable.ts';
import { tokenContractChanged } from './token-contract-changed.ts';
import { trustCredentialExpired } from './trust-credential-expired.ts';
import type { Cause } from './cause.ts';

/** Every cause and amplifier. The order breaks ties in the ranking and is otherwise without meaning. */
export const causes: readonly Cause[] = [
  secretRotatedNoGrace,
  secretEphemeral,
  secretSplitBrain,
  jwksKeyWithdrawn,
  jwksStaleOrThrottled,
  credentialFormatChanged,
  tokenContractChanged,
  storeFlushed,
  storeLostOnRestart,
  storeEvicting,
  storeUnavailable,
  storeLookupMoved,
  sessionTableDestroyed,
  replicaLag,
  sessionReaper,
  sessionPinnedToInstance,
  cookieIdentityChanged,
  cookieRefused,
  cookieOversize,
  browserPolicyChange,
  edgeCachesSession,
  edgeStripsCookie,
  clientBindingBroken,
  clockSkew,
  lifetimeWrong,
  idpOutage,
  trustCredentialExpired,
  refreshRotationRace,
  deliberateRevocation,
  authLogicRegression,
  clientWipe,
  rollbackRemnant,
  mixedFleet,
  errorLaundering,
  restartMasksCause,
  loginStorm,
];
