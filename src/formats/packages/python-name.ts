// The one spelling of a Python project's name (PEP 503, "Normalized names"): what package URLs, advisories
// and look-ups agree on, however a project writes itself.

/** PEP 508: letters, digits, `.`, `_` and `-`, a letter or digit at both ends. */
const NAME = /^[A-Z0-9](?:[A-Z0-9._-]*[A-Z0-9])?$/i;

/** Lower case, runs of `-`, `_` and `.` as one `-`: `zope.interface` is `zope-interface`. */
export function normalPythonName(name: string): string {
  return name.replace(/[-_.]+/g, '-').toLowerCase();
}

/** Whether a project can have this name. */
export function isPythonName(name: string): boolean {
  return NAME.test(name);
}
