/**
 * Turns rows of commands and options into a commander program. Parsing only; nothing runs here.
 *
 * @module
 */
import { Command as Program, Option } from 'commander';
import type { OptionRow } from '../config/options.ts';
import type { Command, CommandRow, Flags } from './command.ts';

/** What was typed, understood. */
export interface Invocation {
  readonly args: readonly string[];
  readonly flags: Flags;
}

/** The top-level program: names and summaries, no command loaded. */
export function topLevel(rows: readonly CommandRow[], version: string): Program {
  const program = new Program('sessdoctor')
    .description('Everybody was logged out. What happened, and how do we stop it?')
    .usage('<command> [options]')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .option('--no-color', 'no colours (NO_COLOR and FORCE_COLOR hold too)')
    .addHelpText(
      'after',
      '\nStart here:\n' +
        '  sessdoctor demo                         a recorded incident, to see what a report looks like\n' +
        '  sessdoctor diagnose --redis redis://localhost:6379 --since 03:00\n' +
        '  sessdoctor init                         a commented sessdoctor.yaml\n' +
        '\nExit codes: 0 nothing found, 1 something found, 2 usage, 3 could not tell, 130 interrupted',
    );
  for (const row of rows) program.command(row.name).description(row.summary);
  return program;
}

/** One command's own program, with its arguments, options and examples. */
export function commandProgram(row: CommandRow, command: Command): Program {
  const program = new Program(`sessdoctor ${row.name}`)
    .description(`${row.summary[0]?.toUpperCase() ?? ''}${row.summary.slice(1)}.`)
    .helpOption('-h, --help', 'print help')
    .option('--no-color', 'no colours');
  if (command.args) program.arguments(command.args);
  for (const option of command.options) program.addOption(toOption(option));
  if (command.examples.length > 0)
    program.addHelpText('after', `\nExamples:\n${command.examples.map((line) => `  ${line}`).join('\n')}`);
  return program;
}

function toOption(row: OptionRow): Option {
  const several = row.shape === 'many' || row.shape === 'pairs';
  const value = row.shape === 'switch' ? '' : ` <${row.value}${several ? '...' : ''}>`;
  const option = new Option(`${row.flag === 'output' ? '-o, ' : ''}--${row.flag}${value}`, row.help);
  // commander sees the dots only after a letter, and some placeholders end in a bracket.
  option.variadic = several;
  return option;
}

/** Reads the parsed program: flags by their long name; words that a greedy flag swallowed given back. */
export function invocation(program: Program, command: Command): Invocation {
  const options = program.opts<Record<string, string | string[] | true | undefined>>();
  const args = [...program.args];
  const flags: Record<string, string | readonly string[] | true | undefined> = {};
  const required = (command.args.match(/<[^>]+>/g) ?? []).length;
  for (const row of command.options) {
    const key = row.flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
    let value = options[key];
    if (Array.isArray(value)) {
      // `--secret a=env:A token`: what is no NAME=… pair was meant as an argument.
      const isPair = (word: string) => /^[A-Za-z0-9_.-]+=(?:env:|file:|-|[A-Za-z])/.test(word);
      if (row.shape === 'pairs' && command.args) {
        args.push(...value.filter((word) => !isPair(word)));
        value = value.filter(isPair);
      } else if (args.length < required && value.length > required - args.length) {
        args.push(...value.splice(args.length - required));
      }
    }
    flags[row.flag] = value;
  }
  return { args, flags };
}
