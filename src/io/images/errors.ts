// Codes of images where they are.
import { defineErrors } from '../../kit/error.ts';

export const imageErrors = defineErrors('images', {
  missing: {
    kind: 'missing',
    meaning: 'The place has no image of this name.',
    hint: 'Check the spelling; the message lists the names that are there where the place can tell.',
  },
  place_unreadable: {
    kind: 'unavailable',
    meaning: 'The folder, file or registry cannot be read.',
    hint: 'Check that it exists, that you may read it, and that the address is right.',
  },
  place_unwritable: {
    kind: 'unavailable',
    meaning: 'The folder, file or registry cannot be written.',
    hint: 'Check the folder’s owner and free space, or your rights in the repository.',
  },
  damaged: {
    kind: 'untrusted',
    meaning: 'Bytes do not have the digest or size that names them, or an archive is cut or malformed.',
    hint: 'Fetch or save the image again; if it repeats, its source is damaged or tampered with.',
  },
  hostile_layer: {
    kind: 'untrusted',
    meaning: 'A layer breaks a limit that no honest layer reaches (bomb, endless entries).',
    hint: 'Do not run this image; ask its publisher. Limits and their reasons are in the reference.',
  },
  ambiguous: {
    kind: 'invalid',
    meaning: 'The place holds several images and the reference names none of them.',
    hint: 'Add the tag: the message lists those that are there.',
  },
  platform_needed: {
    kind: 'invalid',
    meaning: 'The target holds one image of one platform, but the source is an index of several.',
    hint: 'Choose one with --platform, or copy to an OCI layout, an OCI archive or a registry.',
  },
  unauthenticated: {
    kind: 'unauthenticated',
    meaning: 'The registry wants a login.',
    hint: 'Run `plimsoll login HOST`, or `docker login` or `podman login`, whose files are read too.',
  },
  denied: {
    kind: 'denied',
    meaning: 'The registry refused this account or this action.',
    hint: 'Ask the repository’s owner for the right, or log in with another account.',
  },
  revoked: {
    kind: 'denied',
    meaning: 'The registry serves this image to nobody, since it was revoked.',
    hint: 'The message says why. Use another version; whoever revoked it can undo it.',
  },
  limited: {
    kind: 'limited',
    meaning: 'The registry asks to wait (rate limit).',
    hint: 'Wait as long as it says, or log in: most registries allow accounts more.',
  },
  registry_failed: {
    kind: 'unavailable',
    meaning: 'The registry answered with an error or not at all, after retries.',
    hint: 'Try again; if it repeats, the message has the registry’s own words.',
  },
  registry_refused: {
    kind: 'invalid',
    meaning: 'The registry did not accept what was sent (not a matter of rights).',
    hint: 'The message has the registry’s own words; it may not know this media type, or have a smaller limit.',
  },
  address_refused: {
    kind: 'untrusted',
    meaning: 'The registry sends the client to an address to which nothing secret or private may go.',
    hint: 'Ask the registry’s operator; a proxy before it may hide that it is reached over https.',
  },
  credentials_unreadable: {
    kind: 'invalid',
    meaning: 'A file of logins is not the JSON that docker or podman write, or cannot be read.',
    hint: 'Mend or remove the file that the message names, then log in again.',
  },
  credential_helper_failed: {
    kind: 'unavailable',
    meaning: 'A credential helper named in the client configuration could not be run or failed.',
    hint: 'Run the helper by hand, or log in again.',
  },
  engine_unreachable: {
    kind: 'unavailable',
    meaning: 'No container engine answers where one was looked for.',
    hint: 'Start docker or podman’s service, or set DOCKER_HOST or CONTAINER_HOST; or save the image and name the file as archive://FILE.',
  },
  engine_unsupported: {
    kind: 'unsupported',
    meaning: 'The engine’s address is of a kind that is not spoken (ssh, npipe).',
    hint: 'Run `docker save -o FILE IMAGE` and name the file as archive://FILE.',
  },
  engine_failed: {
    kind: 'unavailable',
    meaning: 'A container engine answered with an error, not as an engine does, or broke off.',
    hint: 'The message has the engine’s own words; its log has more.',
  },
  engine_too_large: {
    kind: 'untrusted',
    meaning: 'A container engine sends more bytes for one image than any image has.',
    hint: 'Ask who runs this engine; limits and their reasons are in the reference.',
  },
});
