// Symbolic links of the final view, and where a path leads through them. Bounded in number and in hops.
import { linkDestination } from '../../../formats/archive/safe-path.ts';

/** Linux gives up (ELOOP) after 40. */
const HOPS = 40;

/** The real path, undefined where the links go in a circle or a target is no path. Nothing need stand there. */
export function resolveLinks(links: ReadonlyMap<string, string>, path: string): string | undefined {
  let rest = path.split('/').reverse();
  let done = '';
  let hops = 0;
  while (rest.length > 0) {
    const part = rest.pop() as string;
    const here = done === '' ? part : `${done}/${part}`;
    const target = links.get(here);
    if (target === undefined) {
      done = here;
      continue;
    }
    hops += 1;
    const destination = hops > HOPS ? undefined : linkDestination(here, target);
    if (destination === undefined) return undefined;
    rest = [
      ...rest,
      ...destination
        .split('/')
        .filter((name) => name !== '')
        .reverse(),
    ];
    done = '';
  }
  return done;
}
