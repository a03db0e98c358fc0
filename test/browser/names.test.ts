import { describe, expect, it } from 'vitest';
import { isAside, looksLikeSession } from '../../src/browser/names.ts';
import { carriesLogin } from '../../src/browser/pairs.ts';

describe('what a name suggests', () => {
  it.each(
    `sid connect.sid PHPSESSID JSESSIONID _gitlab_session _gh_sess laravel_session golang_session session_state
     .AspNetCore.Cookies .AspNetCore.Identity.Application wordpress_logged_in_5f4dcc3b5aa765d61d8327deb882cf99
     SSESS0123456789abcdef0123456789abcdef __Secure-authjs.session-token access_token remember_web_59ba36`.split(
      /\s+/,
    ),
  )('%s is a session', (name) => {
    expect(looksLikeSession(name)).toBe(true);
  });

  it.each(
    `_csrf XSRF-TOKEN csrftoken .AspNetCore.Antiforgery.aB1cD2 __RequestVerificationToken theme locale ui_prefs
     __txn_Ab12Cd34 auth_verification oauth_state next-auth.pkce.code_verifier login_hint
     .AspNetCore.Correlation.OpenIdConnect.aaaa __Secure-next-auth.callback-url analytics_session_id
     AWSALB INGRESSCOOKIE __cf_bm _ga TS01a2b3c4 flash messages`.split(/\s+/),
  )('%s is none', (name) => {
    expect(isAside(name)).toBe(true);
    expect(looksLikeSession(name)).toBe(false);
  });
});

describe('which cookies carry the login', () => {
  const cookie = (name: string, format = 'text', httpOnly = false) => ({ name, format, httpOnly });
  const kept = (...cookies: readonly ReturnType<typeof cookie>[]) =>
    cookies.filter(carriesLogin(cookies, undefined)).map(({ name }) => name);

  it('a session, and nothing that is merely kept from scripts', () => {
    expect(kept(cookie('sid', 'token', true), cookie('device_mark', 'uuid', true), cookie('x'))).toEqual([
      'sid',
    ]);
    expect(kept(cookie('app', 'express-signed', true), cookie('shop', 'text', true))).toEqual(['app']);
  });

  it('without a sure one, what only the server can read as well', () => {
    expect(kept(cookie('login'), cookie('id', 'hex', true))).toEqual(['login', 'id']);
  });

  it('an unknown name when there is no better', () => {
    expect(kept(cookie('a', 'text', true), cookie('b'))).toEqual(['a']);
    expect(kept(cookie('a'), cookie('theme'))).toEqual(['a']);
    expect(kept(cookie('_csrf', 'token', true), cookie('theme'))).toEqual([]);
  });
});
