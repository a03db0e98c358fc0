/**
 * Draws a run on stderr: a spinner and one line a probe on a terminal, plain lines otherwise.
 *
 * @module
 */
import type { Chalk } from 'chalk';
import type { Ora } from 'ora';
import { notLookedAt } from '../diagnose/exit-code.ts';
import type { RunObserver } from '../diagnose/run.ts';
import type { Finding, Level, Outcome } from '../model.ts';
import { clip, visible } from '../render/visible.ts';
import type { Terminal } from './command.ts';

const WORST_FIRST: readonly Level[] = ['critical', 'warning', 'info', 'ok'];

/** An observer for this terminal. Loads ora only where it can draw. */
export async function progressFor(terminal: Terminal): Promise<RunObserver> {
  const { Chalk } = await import('chalk');
  const chalk = new Chalk({ level: terminal.noteColorLevel });
  if (!terminal.interactive) {
    return { started: () => {}, ended: (outcome) => plainLine(outcome, terminal) };
  }
  const { default: ora } = await import('ora');
  let spinner: Ora | undefined;
  return {
    started: ({ id, asks }) => {
      spinner = ora({
        text: `${id.padEnd(12)} ${chalk.dim(asks)}`,
        stream: process.stderr,
        discardStdin: false,
      }).start();
    },
    ended: (outcome) => {
      if (isSilent(outcome)) {
        spinner?.stop();
        spinner = undefined;
        return;
      }
      const line = {
        symbol: symbolOf(outcome, chalk),
        text: `${outcome.probe.padEnd(12)} ${clip(wordsOf(outcome), Math.max(20, terminal.width - 18))}`,
      };
      if (spinner) spinner.stopAndPersist(line);
      else terminal.note(`${line.symbol} ${line.text}`);
      spinner = undefined;
    },
  };
}

/** A skipped probe stands in the report; one without findings has nothing to add. */
function isSilent(outcome: Outcome): boolean {
  return outcome.status === 'skipped' || (outcome.status === 'ran' && outcome.findings.length === 0);
}

function plainLine(outcome: Outcome, terminal: Terminal): void {
  if (!isSilent(outcome)) terminal.note(`${outcome.probe}: ${wordsOf(outcome)}`);
}

function wordsOf(outcome: Outcome): string {
  if (outcome.status === 'skipped') return `skipped: ${outcome.reason}`;
  if (outcome.status === 'failed') return `could not look: ${visible(outcome.reason)}`;
  const worst = worstOf(outcome.findings);
  if (!worst) return 'nothing to say';
  const more = outcome.findings.length - 1;
  return more === 0 ? worst.title : `${worst.title} (and ${more} more finding${more === 1 ? '' : 's'})`;
}

function worstOf(findings: readonly Finding[]): Finding | undefined {
  return [...findings].sort((a, b) => WORST_FIRST.indexOf(a.level) - WORST_FIRST.indexOf(b.level))[0];
}

function symbolOf(outcome: Outcome, chalk: InstanceType<typeof Chalk>): string {
  if (outcome.status === 'failed') return chalk.yellow('?');
  if (outcome.status === 'skipped') return chalk.dim('-');
  const level = worstOf(outcome.findings)?.level ?? 'ok';
  if (level === 'critical') return chalk.red('✖');
  if (notLookedAt(outcome)) return chalk.yellow('?');
  if (level === 'warning') return chalk.yellow('!');
  if (level === 'info') return chalk.dim('-');
  return chalk.green('✔');
}
