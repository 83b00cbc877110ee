// Checks what a person or a CI variable says about a pull request before anything is sent to it.
import { forgeErrors } from '../errors.ts';
import type { ForgeTarget } from '../forge.ts';

/** The API's root without a slash at its end, or `forges.target_invalid`. */
export function parseApiUrl(text: string): URL {
  const url = URL.parse(text);
  const isRoot =
    url !== null &&
    (url.protocol === 'https:' || url.protocol === 'http:') &&
    url.search === '' &&
    url.hash === '' &&
    url.username === '' &&
    url.password === '';
  // The text is not repeated where it may hold a password.
  if (!isRoot)
    throw forgeErrors.target_invalid(
      `${url?.password || url?.username ? 'the API address holds a login' : `"${text.slice(0, 200)}" is not an API address`}; write https://HOST/PATH, with the token elsewhere`,
    );
  url.pathname = url.pathname.replace(/\/+$/, '');
  return url;
}

/** `OWNER/NAME` as a path of two steps, or `forges.target_invalid`. */
export function parseOwnerAndName(project: string): string {
  const steps = project.split('/');
  if (steps.length === 2 && steps.every(isStep)) return steps.map(encodeURIComponent).join('/');
  throw forgeErrors.target_invalid(`"${project.slice(0, 200)}" is not a project: write OWNER/NAME`);
}

/** GitLab's `:id`: a number, or the full path as one step, or `forges.target_invalid`. */
export function parseProjectPath(project: string): string {
  const steps = project.split('/');
  if (/^[1-9]\d{0,15}$/.test(project) || (steps.length >= 2 && steps.every(isStep)))
    return encodeURIComponent(project);
  throw forgeErrors.target_invalid(
    `"${project.slice(0, 200)}" is not a project: write GROUP/NAME or the project’s number`,
  );
}

/** The number of a pull request, or `forges.target_invalid`. */
export function checkNumber({ number }: ForgeTarget): number {
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw forgeErrors.target_invalid(`${number} is not the number of a pull request`);
}

/** What the three forges let an owner, a group or a project be called. */
function isStep(step: string): boolean {
  return /^[A-Za-z0-9_.-]{1,255}$/.test(step) && step !== '.' && step !== '..';
}
