import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clip, visible } from '../../src/render/visible.ts';
import { HOSTILE } from '../support/report.ts';

/** What must never reach a terminal raw, written out independently of the code under test. */
const FORBIDDEN = new RegExp(
  '[\\x00-\\x1f\\x7f-\\x9f\\xad\\u061c\\u180e\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb\\u{e0000}-\\u{e007f}\\ud800-\\udfff]',
  'u',
);
const pieces = fc.constantFrom(
  '\u001b',
  '\u001b[',
  '\u001b]0;',
  '\u001bP',
  '\u009b',
  '\u009d',
  '\u0007',
  '\u001b\\',
  '31m',
  '\r',
  '\n',
  '\u202e',
  '::',
  'error',
  '##',
  '[',
  'a',
  '\ud800',
  '\udc00',
  ...HOSTILE,
);
const hostile = fc.oneof(
  fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 60 }),
);

describe('visible', () => {
  it('leaves nothing unseen', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(visible(text)).not.toMatch(FORBIDDEN);
      }),
      { numRuns: 2000 },
    );
  });

  it('is done after one pass', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(visible(visible(text))).toBe(visible(text));
      }),
      { numRuns: 2000 },
    );
  });

  it('leaves no command that a CI runner would obey', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(visible(text)).not.toMatch(
          /##\[|::(?:error|warning|notice|add-mask|set-output|stop-commands)\b/i,
        );
      }),
      { numRuns: 2000 },
    );
  });

  it('leaves ordinary text as it is', () => {
    for (const text of ['sid=abc; Path=/', 'Größe 名前 👍', 'fe80::1%eth0', '3 % of [a-z]', 'std::string'])
      expect(visible(text)).toBe(text);
  });

  it.each([
    ['\u001b[31mred\u001b[0m', 'red'],
    ['a\nb\tc', 'a\\u{a}b\\u{9}c'],
    ['a\rb', 'a\\u{d}b'],
    ['\u202eabc', '\\u{202e}abc'],
    ['x\u200by', 'x\\u{200b}y'],
    ['\ud800', '\\u{d800}'],
    ['::error::x', ':\\u{3a}error::x'],
    ['##[error]x', '#\\u{23}[error]x'],
  ])('writes %j as %j', (text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  it('reads a long hostile text in linear time', () => {
    const text = '\u001b]'.repeat(50_000) + '::'.repeat(50_000) + '#'.repeat(50_000);
    expect(visible(text).length).toBeGreaterThan(100_000);
  });
});

describe('clip', () => {
  it('leaves a word out rather than cut it', () => {
    expect(clip('fresh credentials would settle it', 28)).toBe('fresh credentials would...');
    expect(clip('0123456789012345678901234567890', 28)).toBe('0123456789012345678901234567...');
  });

  it('never cuts a character in two, and says that it cut', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 40 }),
        fc.integer({ min: 1, max: 20 }),
        (text, length) => {
          const shown = clip(text, length);
          const points = Array.from(text);
          const kept = points.length <= length ? points : Array.from(shown.slice(0, -3));
          expect(shown).toBe(`${kept.join('')}${points.length <= length ? '' : '...'}`);
          expect(points.slice(0, kept.length)).toEqual(kept);
          expect(kept.length).toBeGreaterThanOrEqual(Math.min(points.length, Math.ceil(length / 2)));
        },
      ),
    );
  });
});
