// The place of a published store, as the command line names it.
import { type ImageReference, parseReference } from '../../../../formats/oci/reference.ts';
import type { CommandInput } from '../../command.ts';
import { cliErrors } from '../../errors.ts';

/** The second argument, or `cli.usage`; what it cannot be is told by `parseReference`. */
export function readPlace(input: CommandInput): ImageReference {
  const [action, text] = input.args;
  if (text === undefined)
    throw cliErrors.usage(`advisories ${action} needs a place, as registry.example.org/security/advisories`);
  return parseReference(text);
}
