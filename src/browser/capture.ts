/**
 * The capture: one deploy's responses, saved so that they can be compared when that deploy is gone.
 * Contract: `sessdoctor.capture/1`. No cookie value is in it: each is replaced by its fingerprint (salted
 * per run), its length and its format.
 *
 * @module
 */
import { effectiveAttributes } from '../parse/set-cookie.ts';
import type { CookieSeen, ResponseSeen, SentSeen } from './deploy.ts';

export const CAPTURE_SCHEMA = 'sessdoctor.capture/1';

/** One cookie of a capture: what an attribute comes to beside how it was written. */
export type CapturedCookie = {
  readonly name: string;
  readonly value: { readonly fingerprint: string; readonly length: number; readonly format: string };
  /** Octets of name and value. */
  readonly bytes: number;
  readonly attributes: readonly (readonly [name: string, value: string])[];
  readonly domain: string | null;
  readonly path: string | null;
  readonly maxAge: number | null;
  readonly expires: string | null;
  readonly secure: boolean;
  readonly httpOnly: boolean;
  readonly sameSite: string | null;
  readonly partitioned: boolean;
  readonly control: boolean;
};

export type CapturedResponse = {
  readonly url: string | null;
  readonly method: string | null;
  readonly status: number | null;
  /** The Date header, ISO 8601. */
  readonly date: string | null;
  /** When it was recorded, ISO 8601. */
  readonly at: string | null;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly cookies: readonly CapturedCookie[];
  /** Cookies that the request carried. */
  readonly sent: SentSeen | null;
};

export type Capture = {
  readonly schema: typeof CAPTURE_SCHEMA;
  /** ISO 8601. */
  readonly takenAt: string;
  readonly responses: readonly CapturedResponse[];
};

/** Responses as a capture. */
export function toCapture(responses: readonly ResponseSeen[], takenAt: number): Capture {
  return {
    schema: CAPTURE_SCHEMA,
    takenAt: new Date(takenAt).toISOString(),
    responses: responses.map((response) => ({
      url: response.url,
      method: response.method,
      status: response.status,
      date: isoOf(response.date),
      at: isoOf(response.at),
      headers: [
        ...response.headers,
        ...response.cookies.map((cookie) => ['set-cookie', maskedLine(cookie)] as const),
      ],
      cookies: response.cookies.map(captured),
      sent: response.sent,
    })),
  };
}

function captured(cookie: CookieSeen): CapturedCookie {
  const attributes = effectiveAttributes(cookie.attributes);
  return {
    name: cookie.name,
    value: {
      fingerprint: cookie.fingerprint,
      length: cookie.bytes - Buffer.byteLength(cookie.name),
      format: cookie.format,
    },
    bytes: cookie.bytes,
    attributes: cookie.attributes,
    domain: attributes.domain ?? null,
    path: attributes.path ?? null,
    maxAge: attributes.maxAge ?? null,
    expires: attributes.expires ?? null,
    secure: attributes.secure,
    httpOnly: attributes.httpOnly,
    sameSite: attributes.sameSite ?? null,
    partitioned: attributes.partitioned,
    control: cookie.control,
  };
}

/** The line as it stood, its value replaced. */
function maskedLine(cookie: CookieSeen): string {
  const value = `<${cookie.bytes - Buffer.byteLength(cookie.name)} bytes, ${cookie.format}, ${cookie.fingerprint}>`;
  const attributes = cookie.attributes.map(([name, text]) => (text === '' ? name : `${name}=${text}`));
  return [`${cookie.name}=${value}`, ...attributes].join('; ');
}

const isoOf = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());
