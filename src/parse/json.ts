/**
 * JSON from strangers: parsed to data, bounded, never trusted to be an object.
 *
 * @module
 */

export type JsonObject = Readonly<Record<string, unknown>>;

/** A JSON object, or null when the text is anything else. `__proto__` stays an own key, as JSON.parse leaves it. */
export function jsonObject(text: string | Buffer, maxLength = 1_048_576): JsonObject | null {
  if (text.length > maxLength) return null;
  const value = jsonValue(text);
  return isObject(value) ? value : null;
}

/** Any JSON value, or undefined when the text is no JSON. */
export function jsonValue(text: string | Buffer): unknown {
  try {
    return JSON.parse(typeof text === 'string' ? text : text.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

/** True for an object that is neither null nor a list. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
