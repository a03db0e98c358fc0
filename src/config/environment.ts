/**
 * The environment variables of the options table: `SESSDOCTOR_` + the flag in upper case.
 *
 * @module
 */
import { nearest } from './nearest.ts';
import { configOptions, environmentName, type OptionRow, runOptions } from './options.ts';

const SWITCH: Readonly<Record<string, boolean>> = { true: true, 1: true, false: false, 0: false };

type Environment = Readonly<Record<string, string | undefined>>;

/** Set by us or for us; no flag of theirs. */
const OTHERS: readonly string[] = ['SESSDOCTOR_DEBUG'];

/**
 * The value of one option, words split at spaces and commas where it takes several; empty is unset. A switch is
 * true or false (1 or 0); another word is given back as it is, for the schema to refuse.
 */
export function variableOf(row: OptionRow, env: Environment): string | string[] | boolean | undefined {
  const value = env[environmentName(row)];
  if (value === undefined || value === '') return undefined;
  if (row.shape === 'switch') return SWITCH[value.toLowerCase()] ?? value;
  return row.shape === 'one' ? value : value.split(/[\s,]+/).filter(Boolean);
}

/** The options that the environment sets, by flag; as on the command line, a switch is on or not there. */
export function fromEnvironment(
  rows: readonly OptionRow[],
  env: Environment,
): Record<string, string | string[] | true> {
  return Object.fromEntries(
    rows.flatMap((row) => {
      const value = variableOf(row, env);
      return value === undefined || value === false ? [] : [[row.flag, value]];
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
