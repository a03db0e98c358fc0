/**
 * Questions on the terminal: asked on stderr, answered on stdin, a line each. Works with a pipe as well.
 *
 * @module
 */
import { createInterface } from 'node:readline';
import { pageOf } from '../render/page.ts';
import type { Terminal } from './command.ts';
import { type Answer, answerOf, type Question } from './questions.ts';

/** A slip of the finger is asked about again so often; then it counts as “don't know”. */
const TRIES = 3;

/**
 * Asks all questions and gives the answers in their order; null for “don't know”. The end of stdin and
 * Ctrl-C answer the rest with “don't know”.
 */
export async function askAll(
  questions: readonly Question[],
  input: NodeJS.ReadableStream,
  terminal: Terminal,
): Promise<readonly (Answer | null)[]> {
  const reader = createInterface({ input, terminal: false });
  const lines = reader[Symbol.asyncIterator]();
  const stop = (): void => reader.close();
  terminal.interrupted.addEventListener('abort', stop, { once: true });
  const given: (Answer | null)[] = [];
  try {
    for (const [index, question] of questions.entries()) {
      terminal.note(show(question, `${index + 1} of ${questions.length}`, terminal));
      given.push(await oneAnswer(question, lines, terminal));
    }
  } finally {
    terminal.interrupted.removeEventListener('abort', stop);
    reader.close();
  }
  return given;
}

async function oneAnswer(
  question: Question,
  lines: AsyncIterator<string>,
  terminal: Terminal,
): Promise<Answer | null> {
  for (let tries = 0; tries < TRIES; tries++) {
    const line = await lines.next();
    if (line.done || line.value.trim() === '') return null;
    const answer = answerOf(question, line.value);
    if (answer) return answer;
    terminal.note('  Please type one of the letters, or press Enter if you do not know.');
  }
  return null;
}

function show(question: Question, count: string, terminal: Terminal): string {
  const page = pageOf(terminal.width, terminal.noteColorLevel);
  page.blank();
  page.put(`${count}. ${question.asks}`, page.paint.bold);
  page.put(`Why it is asked: ${question.why}`, page.paint.dim);
  question.answers.forEach(({ words }, index) => page.item(`${String.fromCharCode(97 + index)})`, words));
  page.item('Enter', "don't know");
  return page.text();
}
