/**
 * The entry of the built bin: finds the command, runs it, sets the exit code.
 * Nothing here loads a probe, a schema or a client; `--help` and `--version` stay fast.
 *
 * @module
 */
import { CommanderError } from 'commander';
import { nearest } from '../config/nearest.ts';
import { UsageError } from '../config/errors.ts';
import { looksSecret, quoted, withoutCredentials } from '../config/word.ts';
import type { Command, Terminal } from './command.ts';
import { commands } from './commands/index.ts';
import { commandProgram, invocation, topLevel } from './program.ts';
import { processTerminal } from './terminal.ts';
import { toolVersion } from './version.ts';

const EXIT_USAGE = 2;
const EXIT_INTERRUPTED = 130;

async function main(argv: readonly string[], terminal: Terminal): Promise<number> {
  const words = argv.filter((word) => word !== '--no-color');
  const helpFor = words[0] === 'help' ? words[1] : undefined;
  const name = helpFor ?? words.find((word) => !word.startsWith('-'));
  const row = commands.find((candidate) => candidate.name === name);
  let shown = '';
  const capture = { writeOut: (text: string) => void (shown += text), writeErr: () => {} };
  if (!row) {
    if (name !== undefined && name !== 'help') return unknownCommand(name, terminal);
    const program = topLevel(commands, toolVersion().version).exitOverride().configureOutput(capture);
    try {
      if (words.length === 0 || name === 'help') program.outputHelp();
      else program.parse(words, { from: 'user' });
    } catch (error) {
      if (!(error instanceof CommanderError)) throw error;
      if (error.exitCode !== 0)
        return usage(repeatable(error.message), 'sessdoctor --help lists the commands', terminal);
    }
    if (words.length === 0) {
      terminal.note(shown);
      return EXIT_USAGE;
    }
    await terminal.write(shown);
    return 0;
  }
  const { command } = await row.load();
  const program = commandProgram(row, command)
    .exitOverride()
    .configureOutput({ ...capture, getOutHelpWidth: () => terminal.width });
  try {
    if (helpFor === undefined) program.parse(words.toSpliced(words.indexOf(row.name), 1), { from: 'user' });
    else program.outputHelp();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0)
      return usage(
        inWords(error, row.name, command),
        `sessdoctor ${row.name} --help lists the flags`,
        terminal,
      );
  }
  if (shown !== '') {
    await terminal.write(shown);
    return 0;
  }
  const { args, flags } = invocation(program, command);
  return command.run(args, flags, terminal);
}

function unknownCommand(name: string, terminal: Terminal): number {
  const near = nearest(
    name,
    commands.map((row) => row.name),
  );
  return usage(
    `unknown command ${quoted(name)}`,
    near ? `did you mean sessdoctor ${near}?` : 'sessdoctor --help lists the commands',
    terminal,
  );
}

/** Commander counts arguments and names them by half; what belongs there says more. */
function inWords({ code, message }: CommanderError, name: string, { args }: Command): string {
  const expected = args.replace(/[<>[\]]/g, '').toUpperCase();
  if (code === 'commander.excessArguments')
    return args === ''
      ? `${name} takes no argument, only flags`
      : `${name} takes ${expected} and nothing more besides flags; quote what holds blanks or ;`;
  if (code === 'commander.missingArgument') return `${name} needs ${expected}`;
  return repeatable(message);
}

/** Commander repeats an option that it does not know, value and all: its name is enough, and not always fit to print. */
function repeatable(message: string): string {
  return message.replace(/unknown option '([^'=]*)[^']*'/, (_, name: string) =>
    looksSecret(name) ? `unknown option ${quoted(name)}` : `unknown option '${name}'`,
  );
}

function usage(message: string, hint: string | undefined, terminal: Terminal): number {
  terminal.note(`sessdoctor: ${message.replace(/^error: /, '')}`);
  if (hint) terminal.note(`  ${hint}`);
  return EXIT_USAGE;
}

function complain(error: unknown, terminal: Terminal): number {
  // Whatever gave up after Ctrl-C gave up because of it.
  if (terminal.interrupted.aborted) {
    terminal.note('sessdoctor: interrupted before anything was found');
    return EXIT_INTERRUPTED;
  }
  if (error instanceof UsageError) return usage(error.message, error.hint, terminal);
  const message = error instanceof Error ? error.message : String(error);
  terminal.note(`sessdoctor: a fault of its own: ${withoutCredentials(message)}`);
  terminal.note('  Please report it, with the command line and the version (sessdoctor --version).');
  if (terminal.env['SESSDOCTOR_DEBUG'] && error instanceof Error)
    terminal.note(withoutCredentials(error.stack ?? ''));
  return 3;
}

const terminal = processTerminal(process.argv.includes('--no-color'));
try {
  process.exitCode = await main(process.argv.slice(2), terminal);
} catch (error) {
  process.exitCode = complain(error, terminal);
}
// The exit code is set, and `terminal.write` has waited until stdout took all of the report. A name look-up
// or a socket that ignores its signal must not keep the process alive; one that can end by itself never sees
// this timer, and what stderr still holds goes first.
setTimeout(() => process.stderr.write('', () => process.exit()), 250).unref();
