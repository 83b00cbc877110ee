// Names of an instance's parts: KIND/NAME, which is the path of the SPIFFE ID too.
import { formatSpiffeId, type SpiffeId } from '../../formats/spiffe/spiffe-id.ts';
import { partErrors } from './errors.ts';

/** What a process of the installation can be. */
const partKinds = Object.freeze(['gate', 'mirror', 'witness', 'worker'] as const);

const NAME = new RegExp(`^(?:${partKinds.join('|')})/[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$`);

/** The instance itself, as it shows itself to its parts. */
export const instancePath = '/instance';

/** The same text. `parts.name_invalid` */
export function checkPartName(text: string): string {
  if (NAME.test(text)) return text;
  throw partErrors.name_invalid(
    `"${text.slice(0, 80)}" is not the name of a part: KIND/NAME, the kind one of ${partKinds.join(', ')}, the name of up to 63 small letters, digits, dots, dashes and underscores`,
  );
}

/** The part of an ID; undefined where it is none, as the instance's own. */
export function partOfId({ path }: SpiffeId): string | undefined {
  const name = path.slice(1);
  return NAME.test(name) ? name : undefined;
}

/** `spiffe://images.example.org/gate/prod` */
export function idOfPart(trustDomain: string, name: string): SpiffeId {
  const id = { trustDomain, path: `/${name}` };
  formatSpiffeId(id);
  return id;
}
