import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readLine } from '../../src/parse/carried-line.ts';

const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl';
const ID = 's%3Aabcdefghijklmnopqrstuvwxyz012345.c2ln';

describe('a line that people paste', () => {
  it.each([
    [
      'cookies that a framework parsed',
      `{"req":{"cookies":{"sid":"${ID}","theme":"dark"}}}`,
      [],
      [
        ['sid', ID],
        ['theme', 'dark'],
      ],
    ],
    ['signed cookies', `{"signedCookies":{"sid":"x"}}`, [], [['sid', 'x']]],
    [
      'an opaque token by its member’s name',
      '{"refresh_token":"0.AXoA-opaque-refresh-token"}',
      ['0.AXoA-opaque-refresh-token'],
      [],
    ],
    [
      'a container’s prefix before the JSON',
      `2026-11-21T10:00:00Z app-1 {"headers":{"cookie":"sid=${ID}"}}`,
      [],
      [['sid', ID]],
    ],
    ['compose’s prefix', `web-1  | {"authorization":"Bearer ${JWT}"}`, [JWT], []],
    [
      'logfmt',
      `time=2026-11-21T10:00:00Z level=info cookie="sid=${ID}; a=b" msg="no session"`,
      [],
      [
        ['sid', ID],
        ['a', 'b'],
      ],
    ],
    ['logfmt with a token', `level=info req.authorization="Bearer ${JWT}" status=401`, [JWT], []],
    [
      'a URL with its token in the fragment',
      `https://app.test/cb#access_token=${JWT}&token_type=bearer`,
      [JWT],
      [],
    ],
    ['the body of a token request', `grant_type=refresh_token&refresh_token=${JWT}&client_id=web`, [JWT], []],
    [
      'base64 that begins with a slash',
      '/9jABCDEFGHIJKLMNOPQRSTUVWXYZabcdef',
      ['/9jABCDEFGHIJKLMNOPQRSTUVWXYZabcdef'],
      [],
    ],
    ['a file path', '/usr/lib/node_modules/express/index.js', [], []],
    ['a comment', '// Cookie: sid=abcdefghijklmnopqrstuvwxyz', [], []],
    ['a cookie whose value holds other pairs', 'prefs=a=1&b=2', [], [['prefs', 'a=1&b=2']]],
    ['words with braces', 'the {"user"} was signed out', [], []],
  ])('%s', (_, line, tokens, cookies) => {
    const found = readLine(line);
    expect(found.tokens).toEqual(tokens);
    expect(found.cookies).toEqual(cookies);
  });

  it('never fails, and finds nothing that is not in it', () => {
    const piece = fc.constantFrom(
      'cookie=',
      '"',
      '{',
      '}',
      ' ',
      'a=b',
      '&',
      'access_token=',
      JWT,
      '?',
      '\\',
      '/',
      ';',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece, { maxLength: 40 }).map((list) => list.join('')),
        ),
        (line) => {
          const { tokens } = readLine(line);
          for (const token of tokens)
            expect(line.includes(token) || line.includes('\\') || line.includes('{')).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });
});
