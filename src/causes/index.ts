/**
 * The list of causes. A cause that is not listed here does not exist.
 *
 * @module
 */
import type { Cause } from './cause.ts';

/** Every cause and amplifier. The order breaks ties in the ranking and is otherwise without meaning. */
export const causes: readonly Cause[] = [];
