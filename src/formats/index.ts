/**
 * THE ORDER OF RECOGNITION: the first format that reads a credential names it. An order is needed because
 * shapes overlap; it is tested over all samples. A format that is not listed here does not exist.
 *
 * @module
 */
import type { Carried } from '../parse/carried.ts';
import { aspnetcore } from './aspnetcore.ts';
import { base64Json } from './base64-json.ts';
import { bottle } from './bottle.ts';
import { clientSessions } from './client-sessions.ts';
import { expressCookie, paddedSignature, plainSignature } from './cookie-signature.ts';
import { djangoCsrf, djangoSigned } from './django.ts';
import { fernet } from './fernet.ts';
import { authjsCsrf, flaskLogin } from './flask-login.ts';
import type { Candidate, Format, Problem, Reading } from './format.ts';
import { gorilla, oauth2Proxy } from './go.ts';
import { iron } from './iron.ts';
import { itsdangerous, itsdangerousTimed } from './itsdangerous.ts';
import { shiro, springRememberMe, springSession } from './java.ts';
import { jwe } from './jwe.ts';
import { jws } from './jws.ts';
import { mojolicious } from './mojolicious.ts';
import { cutLength, normalise } from './normalise.ts';
import { readOpaque } from './opaque.ts';
import { readHalf, readPartial } from './partial.ts';
import { paseto } from './paseto.ts';
import { cakephp, symfony } from './php.ts';
import { plack } from './plack.ts';
import { plugEncrypted, plugSigned } from './plug.ts';
import { authTkt, webob } from './pyramid.ts';
import { rackEncrypted, rackHmac, rackUnsigned } from './rack.ts';
import { railsCbc, railsGcm, railsSigned } from './rails.ts';
import { naclSession, secureSession } from './secretbox.ts';
import { supabase } from './supabase.ts';
import { tornado } from './tornado.ts';

/**
 * Every format, in the order in which they are tried. What none of them reads is opaque. Marks that nothing
 * else has come first, shapes that several share come last; the commonest, JWS, is safe to try at once,
 * because no other format has a JSON header with an alg and no enc.
 */
export const formats: readonly Format[] = [
  jws,
  iron,
  paseto,
  aspnetcore,
  fernet,
  plugSigned,
  plugEncrypted,
  cakephp,
  supabase,
  expressCookie,
  tornado,
  oauth2Proxy,
  bottle,
  flaskLogin,
  authjsCsrf,
  base64Json,
  clientSessions,
  jwe,
  railsGcm,
  railsCbc,
  mojolicious,
  rackHmac,
  railsSigned,
  djangoSigned,
  plack,
  symfony,
  itsdangerousTimed,
  secureSession,
  gorilla,
  paddedSignature,
  plainSignature,
  itsdangerous,
  authTkt,
  springSession,
  springRememberMe,
  rackEncrypted,
  webob,
  rackUnsigned,
  shiro,
  naclSession,
  djangoCsrf,
];

/** Browsers refuse a cookie whose name and value are longer (RFC 6265bis §5.6). Octets. */
const COOKIE_LIMIT = 4096;
const COOKIE_NEAR = 3800;

export interface Recognised {
  readonly candidate: Candidate;
  readonly reading: Reading;
}

/** Reads one credential. Never throws; time is linear in its length. */
export function recognise(carried: Carried): Recognised {
  const candidate = normalise(carried);
  const spoilt = candidate.repairs.includes('redacted');
  for (const format of spoilt ? [] : formats) {
    const reading = format.recognise(candidate);
    if (reading) return { candidate, reading: withProblems(candidate, reading) };
  }
  const opaque = readOpaque(candidate);
  const partial = spoilt || cutLength(carried) ? readPartial(candidate) : readHalf(candidate);
  if (!partial || opaque.header?.['shape'] === 'uuid') {
    return { candidate, reading: withProblems(candidate, opaque) };
  }
  const repairs = spoilt ? candidate.repairs : [...candidate.repairs, 'truncated' as const];
  return { candidate: { ...candidate, repairs }, reading: withProblems({ ...candidate, repairs }, partial) };
}

/** Adds what can be wrong with any credential, whatever its format. */
function withProblems(candidate: Candidate, reading: Reading): Reading {
  const more: Problem[] = [];
  if (candidate.repairs.includes('redacted')) more.push('redacted');
  else if (candidate.repairs.includes('truncated')) more.push('truncated');
  else if (candidate.repairs.includes('damaged')) more.push('damaged');
  if (candidate.gap) more.push('chunk-missing');
  if (candidate.name !== null && candidate.chunks === undefined) {
    const length = candidate.name.length + Buffer.byteLength(candidate.value);
    if (length > COOKIE_LIMIT) more.push('oversize');
    else if (length >= COOKIE_NEAR) more.push('large');
  }
  if (more.length === 0) return reading;
  // Whether the rest verifies or not would prove nothing.
  const whole = !more.includes('damaged') && !more.includes('chunk-missing') && !more.includes('truncated');
  const verify = whole ? reading.verify : undefined;
  const sealed = whole ? reading.sealed : undefined;
  return { ...reading, verify, sealed, problems: [...reading.problems, ...more] };
}
