import type { Verdict } from '../../src/model.ts';

/** A situation made on real systems: healthy, risky or broken for real. */
export interface Lab {
  /** File name of its recorded evidence in fixtures/incidents, and argument of `sessdoctor demo`. */
  readonly name: string;
  /** One line for `sessdoctor demo --list`. */
  readonly title: string;
  /** Shown by the demo; the others serve the score. */
  readonly demo: boolean;
  /** What is true: cause ids, the main one first; none for healthy and merely risky systems. */
  readonly causes: readonly string[];
  /** The verdict that the first cause must reach at least. */
  readonly verdict?: Verdict;
  readonly exitCode: number;
  /** Makes the situation in `folder` and says how to diagnose it; `stop` ends what was started. */
  make(folder: string): Promise<LabRun>;
}

export interface LabRun {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Runs the bin under this command, e.g. faketime. */
  readonly under?: readonly string[];
  stop(): Promise<void>;
}
