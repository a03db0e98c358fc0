/**
 * The five questions of `triage`, as data: what is asked, why, and which symptoms each answer stands for.
 *
 * @module
 */
import type { Symptoms } from '../model.ts';

export interface Answer {
  readonly words: string;
  readonly means: Symptoms;
}

export interface Question {
  readonly asks: string;
  readonly why: string;
  /** Besides these, “don't know” is always an answer. */
  readonly answers: readonly Answer[];
}

const answer = (words: string, means: Symptoms): Answer => ({ words, means });

export const questions: readonly Question[] = [
  {
    asks: 'Did anybody end sessions on purpose: security, an administrator, a migration that says so?',
    why: 'A planned revocation is announced, not repaired, and must not be undone.',
    answers: [answer('yes', { intended: 'yes' }), answer('no, we asked', { intended: 'no' })],
  },
  {
    asks: 'A browser that was signed in before and has not signed in since: what happens to it?',
    why: 'Refused means lost, rotated or expired. Accepted means that only new sessions suffer. An error means that the lookup fails, and the sessions may come back.',
    answers: [
      answer('it is sent to the login', { oldSessions: 'rejected' }),
      answer('it still works', { oldSessions: 'accepted' }),
      answer('it works on some requests and not on others', { oldSessions: 'mixed' }),
      answer('it gets an error (5xx, timeout)', { oldSessions: 'error' }),
    ],
  },
  {
    asks: 'Sign in now, and look again five minutes later: what happens?',
    why: 'It tells a loss that is over from a fault that is still at work, and a fault in the browser (try a private window) from one on the servers.',
    answers: [
      answer('it works and lasts', { login: 'works', newLogin: 'sticks' }),
      answer('it works, but I am out again within minutes', { login: 'works', newLogin: 'dies' }),
      answer('it works, I have not waited', { login: 'works' }),
      answer('it fails', { login: 'fails' }),
      answer('it works in a private window only', { login: 'private-window-only' }),
    ],
  },
  {
    asks: 'Who is affected?',
    why: 'Everyone points to what all sessions share. Some points to an instance, a browser, a tenant, an age or a size.',
    answers: [
      answer('everyone', { affected: 'everyone' }),
      answer('some: one region, browser, tenant, or at random', { affected: 'some' }),
    ],
  },
  {
    asks: 'How did it begin?',
    why: 'One moment is a switch, a slope is a roll-out or caches running out, a rhythm is a job or a lifetime, and what ended by itself was an outage.',
    answers: [
      answer('at one moment', { onset: 'step' }),
      answer('it grew', { onset: 'ramp' }),
      answer('it comes back again and again', { onset: 'recurring' }),
      answer('it has ended by itself', { onset: 'healed' }),
    ],
  },
];

/** The answer that was typed: its letter, its number or its first words; undefined for anything else. */
export function answerOf(question: Question, typed: string): Answer | undefined {
  const word = typed.trim().toLowerCase();
  if (word === '') return undefined;
  const index = word.length === 1 ? (/[1-9]/.test(word) ? Number(word) - 1 : word.charCodeAt(0) - 97) : -1;
  return (
    question.answers[index] ??
    (word.length > 1 ? question.answers.find(({ words }) => words.toLowerCase().startsWith(word)) : undefined)
  );
}
