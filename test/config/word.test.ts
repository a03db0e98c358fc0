import { describe, expect, it } from 'vitest';
import { quoted, withoutCredentials } from '../../src/config/word.ts';

const TOKEN = `eyJhbGciOiJIUzI1NiJ9.${'x'.repeat(300)}.${'y'.repeat(43)}`;

describe('words of an operator in a message', () => {
  it('are repeated, unless they look like a credential', () => {
    expect(quoted('redis')).toBe('"redis"');
    expect(quoted('a'.repeat(30))).toContain('aaa');
    for (const secret of [TOKEN, 's:abc.def', 'sid=abcdef', 'Bearer abc', 'a1b2'.repeat(10)])
      expect(quoted(secret)).toBe('(not repeated here: it looks like a credential)');
  });

  it('are taken out of errors that others wrote', () => {
    expect(withoutCredentials(`ENAMETOOLONG: name too long, open '${TOKEN}'`)).toBe(
      "ENAMETOOLONG: name too long, open '(not repeated here)'",
    );
    expect(withoutCredentials('connect ECONNREFUSED 127.0.0.1:6379')).toBe(
      'connect ECONNREFUSED 127.0.0.1:6379',
    );
    expect(withoutCredentials("Cannot read properties of undefined (reading 'x')")).toBe(
      "Cannot read properties of undefined (reading 'x')",
    );
  });
});
