import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { readCode } from '../../../src/parse/migrations/code.ts';
import { readLiquibase } from '../../../src/parse/migrations/liquibase.ts';
import { type SqlReader, sqlReader } from '../../../src/parse/migrations/sql.ts';
import { byKeywords } from '../../../src/parse/migrations/sql-keywords.ts';
import { splitSql } from '../../../src/parse/migrations/sql-split.ts';

const piece = fc.constantFrom(
  ';',
  '\n',
  "'",
  '"',
  '`',
  '$$',
  '$a$',
  '--',
  '/*',
  '*/',
  '/*!50001 ',
  '#',
  'GO\n',
  'DELIMITER $$\n',
  '\\c x\n',
  'drop table session',
  'delete from ',
  'def down',
  'end',
  '<rollback>',
  'execute <<~SQL\n',
  ' ',
  'é',
  '\u0000',
);
const scripts = fc
  .array(fc.oneof(piece, fc.string({ maxLength: 12 })), { maxLength: 60 })
  .map((parts) => parts.join(''));

let sql: SqlReader;
beforeAll(async () => {
  sql = await sqlReader();
});

describe('any text', () => {
  it('is split into statements whose lines lie in the script, in order', () => {
    fc.assert(
      fc.property(scripts, (script) => {
        const found = splitSql(script);
        const last = script.split('\n').length;
        const lines = found.map((statement) => statement.line);
        expect(lines).toEqual(lines.toSorted((a, b) => a - b));
        for (const line of lines) expect(line >= 1 && line <= last).toBe(true);
      }),
    );
  });

  it('is read by every scanner without an error', () => {
    fc.assert(
      fc.property(scripts, (script) => {
        const last = script.split('\n').length;
        const all = [
          ...sql(script),
          ...byKeywords(script, 1),
          ...readLiquibase(script, sql),
          ...(['ruby', 'python', 'javascript', 'php'] as const).flatMap((language) =>
            readCode(script, language, sql),
          ),
        ];
        for (const { line } of all) expect(line >= 1 && line <= last).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});

describe('hostile text', () => {
  it.each([
    ['open quotes', "'".repeat(1_000_000)],
    ['open comments', '/*'.repeat(500_000)],
    ['dollars', '$a$b'.repeat(250_000)],
    ['updates without an end', 'update a set b = '.repeat(60_000)],
    ['alter tables', 'alter table sessions '.repeat(50_000)],
    ['calls', 'op.alter_column("sessions", "x", '.repeat(30_000)],
  ])('%s', (_, text) => {
    expect(splitSql(text).length).toBeLessThan(1_000_001);
    expect(byKeywords(text.slice(0, 200_000), 1).length).toBeLessThan(200_000);
    expect(readCode(text, 'python', () => []).length).toBeLessThan(200_000);
  });
});

it('keeps apart what runs and what does not', () => {
  const script =
    "-- a\nselect ';' ; /* ; */ delete from a where b = ';'\n;\n# x\nDELIMITER //\ncreate procedure p() begin select 1; end//\nDELIMITER ;\ntruncate b;";
  expect(splitSql(script).map(({ text, line }) => `${line}: ${text}`)).toEqual([
    "2: select ';'",
    "2: delete from a where b = ';'",
    '6: create procedure p() begin select 1; end',
    '8: truncate b',
  ]);
});
