/**
 * A JSON array that is written while its elements are still being made.
 *
 * @module
 */
import { jsonText } from '../render/json.ts';

/** Text goes out when there is so much of it, so that what was written is forgotten soon. Characters. */
const PIECE = 65_536;

/** The array, laid out as `jsonText` lays it out. Nothing is written for an array without elements. */
export class JsonList {
  readonly #put: (text: string) => Promise<void> | void;
  #text = '';
  #begun = false;

  constructor(put: (text: string) => Promise<void> | void) {
    this.#put = put;
  }

  async add(value: object): Promise<void> {
    this.#text += `${this.#begun ? ',' : '['}\n${jsonText(value).trimEnd().replace(/^/gm, '  ')}`;
    this.#begun = true;
    if (this.#text.length >= PIECE) await this.#flush();
  }

  async end(): Promise<void> {
    if (this.#begun) this.#text += '\n]\n';
    await this.#flush();
  }

  async #flush(): Promise<void> {
    const text = this.#text;
    this.#text = '';
    await this.#put(text);
  }
}
