// Paths inside archives, as one spelling: no leading slash, no `.` or `..`, single slashes, no slash at the end.
// Invariant: what comes out names something below the archive's root. Symbolic links are not looked at here.
import { limits } from '../../kit/limits.ts';

const ODD = /(?:^|\/)\.{0,2}(?:\/|$)/;

/**
 * The normalised path, '' for the root itself, or undefined where it leaves the root, holds NUL, or is
 * longer than Linux accepts. `a/../b` is `b`; `/../a` is `a`, as absolute paths end at the root;
 * `../a` is refused.
 */
export function safePath(raw: string): string | undefined {
  const path = trimSlashes(raw);
  if (path.length > limits.pathChars || path.includes('\0')) return undefined;
  if (!ODD.test(path)) return path;
  return resolveParts(path.split('/'), raw.startsWith('/'));
}

/**
 * Where a symbolic link at `linkPath` (normalised) points, normalised and inside the root: absolute targets
 * start at the root, and `..` stops there, as in a container. Undefined for NUL or over-long targets.
 */
export function linkDestination(linkPath: string, target: string): string | undefined {
  if (target === '' || target.length > limits.pathChars || target.includes('\0')) return undefined;
  const parent = linkPath.slice(0, Math.max(0, linkPath.lastIndexOf('/')));
  const full = target.startsWith('/') ? target : `${parent}/${target}`;
  return resolveParts(full.split('/'), true);
}

function trimSlashes(raw: string): string {
  let start = 0;
  let end = raw.length;
  while (raw.charCodeAt(start) === 46 && raw.charCodeAt(start + 1) === 47) start += 2;
  while (start < end && raw.charCodeAt(start) === 47) start += 1;
  while (end > start && raw.charCodeAt(end - 1) === 47) end -= 1;
  return start === 0 && end === raw.length ? raw : raw.slice(start, end);
}

function resolveParts(parts: readonly string[], stopsAtRoot: boolean): string | undefined {
  const kept: string[] = [];
  for (const part of parts) {
    if (part === '' || part === '.') continue;
    if (part !== '..') kept.push(part);
    else if (kept.pop() === undefined && !stopsAtRoot) return undefined;
  }
  return kept.join('/');
}
