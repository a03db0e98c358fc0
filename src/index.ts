/**
 * sessdoctor as a library: the report's types, and judging evidence that was saved with `--save`.
 *
 * @module
 */
export { type Evidence, readEvidence } from './diagnose/evidence.ts';
export { exitCode, type FailOn } from './diagnose/exit-code.ts';
export { reportOf } from './diagnose/report.ts';
export type * from './model.ts';
