import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endsSessions, isWholeTable, share } from '../../../src/parse/migrations/predicate.ts';

describe('which living sessions a condition holds for', () => {
  it.each([
    'true',
    '1',
    '1 = 1',
    "'a' = 'a'",
    '((TRUE))',
    'NOT false',
    'id IS NOT NULL',
    's."Id" is not null',
    'id > 0',
    "sid <> ''",
    'token = token',
    "sid LIKE '%'",
    'expires_at > now()',
    'now() < expires_at',
    'created_at <= CURRENT_TIMESTAMP',
    'revoked_at IS NULL',
    'NOT revoked',
    'revoked = false AND expires_at > now()',
    'is_active',
    "status = 'active'",
    'user_id = 7 OR 1 = 1',
    'user_id in (select id from users)',
    'exists (select 1)',
  ])('all: %s', (condition) => expect(share(condition)).toBe('all'));

  it.each([
    'false',
    '1 = 2',
    'NOT true',
    'expires_at < now()',
    'expires_at <= CURRENT_TIMESTAMP AND user_id = 7',
    'revoked',
    'revoked_at IS NOT NULL',
    'created_at > now()',
  ])('none: %s', (condition) => expect(share(condition)).toBe('none'));

  it.each([
    'user_id = 7',
    "user_id = 7 AND '1' = '1'",
    "last_seen < now() - interval '90 days'",
    'token_hash IS NULL',
    "created_at < '2026-01-01'",
    'user_id in (select id from users where banned)',
    'expires_at between 1 and 2',
    'NOT user_id = 7',
    "kind = 'x; delete from sessions where true'",
    '((',
    ')) or (',
  ])('some: %s', (condition) => expect(share(condition)).toBe('some'));

  it('is never wider with AND, never narrower with OR, whatever the text', () => {
    const wide = { none: 0, some: 1, all: 2 };
    const text = fc.oneof(
      fc.constantFrom('true', 'false', 'user_id = 7', 'revoked', 'expires_at > now()', 'id is not null'),
      fc.stringMatching(/^[a-z_ =<>'0-9]{0,20}$/),
    );
    fc.assert(
      fc.property(text, text, (a, b) => {
        const [one, other] = [share(`(${a})`), share(`(${b})`)];
        if (a.includes("'") || b.includes("'") || a.trim() === '' || b.trim() === '') return;
        expect(wide[share(`(${a}) AND (${b})`)]).toBeLessThanOrEqual(Math.max(wide[one], wide[other]));
        expect(wide[share(`(${a}) OR (${b})`)]).toBeGreaterThanOrEqual(Math.min(wide[one], wide[other]));
      }),
    );
  });

  it('of any text is told without a throw', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (text) => {
        expect(['all', 'some', 'none']).toContain(share(text));
      }),
    );
  });
});

it.each<[string, boolean]>([
  ['', true],
  [' RETURNING *', true],
  [' WHERE true LIMIT 1000', true],
  [' s USING users u WHERE s.user_id = u.id', true],
  [' s USING users u WHERE s.user_id = u.id AND u.banned', false],
  [" WHERE note = 'where true'", false],
  [' WHERE user_id = 7 ORDER BY id', false],
])('after DELETE FROM sessions%s', (rest, whole) => expect(isWholeTable(rest)).toBe(whole));

it.each<[string, string, boolean]>([
  ['expires_at', 'now()', true],
  ['expires_at', "now() - interval '1 day'", true],
  ['expires_at', "expires_at + interval '7 days'", false],
  ['expires_at', "now() + interval '7 days'", false],
  ['revoked_at', 'now()', true],
  ['revoked_at', 'NULL', false],
  ['revoked', 'false', false],
  ['is_active', 'false', true],
  ['token', 'token', false],
  ['token_hash', 'null', true],
])('%s = %s', (column, value, ends) => expect(endsSessions(column, value)).toBe(ends));
