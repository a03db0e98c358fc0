/**
 * The list of subcommands. One line each; the module is loaded when the command is typed.
 *
 * @module
 */
import type { CommandRow } from '../command.ts';

export const commands: readonly CommandRow[] = [
  {
    name: 'diagnose',
    summary: 'walk the session path and rank root causes',
    load: () => import('./diagnose.ts'),
  },
  {
    name: 'triage',
    summary: 'five questions to a person, and what the answers make likely',
    load: () => import('./triage.ts'),
  },
  {
    name: 'trace',
    summary: 'follow one session along its path, to where it dies',
    load: () => import('./trace.ts'),
  },
  {
    name: 'explain',
    summary: 'explain a cause or a finding code: signs, fix, prevention, real incidents',
    load: () => import('./explain.ts'),
  },
  {
    name: 'capture',
    summary: 'save what a deploy sends, without its secrets',
    load: () => import('./capture.ts'),
  },
  {
    name: 'diff',
    summary: 'compare two deploys: what browsers with the old cookie send',
    load: () => import('./diff.ts'),
  },
  {
    name: 'decode',
    summary: 'say what a cookie or token is, who issued it, and what is wrong with it',
    load: () => import('./decode.ts'),
  },
  {
    name: 'alerts',
    summary: 'Prometheus rules that warn before users do, with their tests',
    load: () => import('./alerts.ts'),
  },
  { name: 'init', summary: 'write a commented sessdoctor.yaml', load: () => import('./init.ts') },
  { name: 'demo', summary: 'diagnose a recorded incident', load: () => import('./demo.ts') },
  {
    name: 'completion',
    summary: 'print a completion script for bash, zsh or fish',
    load: () => import('./completion.ts'),
  },
];
