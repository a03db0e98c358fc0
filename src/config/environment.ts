/**
 * The environment variables of the options table: `SESSDOCTOR_` + the flag in upper case.
 *
 * @module
 */
import { nearest } from './nearest.ts';
import { configOptions, environmentName, type OptionRow, runOptions } from './options.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Set by us or for us; no flag of theirs. */
const OTHERS: readonly string[] = ['SESSDOCTOR_DEBUG'];

/** The value of one option, words split at spaces and commas where it takes several; empty is unset. */
export function variableOf(row: OptionRow, env: Environment): string | string[] | undefined {
  const value = env[environmentName(row)];
  if (value === undefined || value === '') return undefined;
  return row.shape === 'one' ? value : value.split(/[\s,]+/).filter(Boolean);
}

/** The options that the environment sets, by flag. */
export function fromEnvironment(
  rows: readonly OptionRow[],
  env: Environment,
): Record<string, string | string[]> {
  return Object.fromEntries(
    rows.flatMap((row) => {
      const value = variableOf(row, env);
      return value === undefined ? [] : [[row.flag, value]];
    }),
  );
}

/** A line for each SESSDOCTOR_ variable that no option reads: a typo would otherwise be silence. */
export function unknownVariables(env: Environment): string[] {
  const known = [...configOptions, ...runOptions].map(environmentName);
  return Object.keys(env)
    .filter((name) => name.startsWith('SESSDOCTOR_') && !known.includes(name) && !OTHERS.includes(name))
    .map((name) => {
      const near = nearest(name, known);
      return `sessdoctor: ${name.slice(0, 60)} is ignored: no option reads it${near ? `; did you mean ${near}?` : ''}`;
    });
}
