// JSON in this browser's localStorage for this address. What is read may be anything: its reader checks the shape.

/** Null where nothing is kept, or nothing that can be read. */
export function readJson(name: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(name) ?? 'null');
  } catch {
    return null;
  }
}

/** False where the browser keeps nothing (private windows, full storage). */
export function writeJson(name: string, value: unknown): boolean {
  try {
    localStorage.setItem(name, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
