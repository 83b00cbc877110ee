// The file that travels between those who keep the keys of a root: the root that holds now and the next one, with the
// signatures collected so far. Whoever signs sees what would change without asking anybody. The current root in it is
// what the proposer says; only the repository's own decides whether the next one is taken.
import { decodeUtf8 } from '../../kit/bytes.ts';
import { isJsonObject, type Json, parseJson } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { tufErrors } from './errors.ts';
import { type RoleFile, readRoleFile } from './role-file.ts';

const MEDIA_TYPE = 'application/vnd.plimsoll.root-proposal.v1+json';

export interface RootProposal {
  /** Absent of a first root. */
  readonly current?: RoleFile<'root'>;
  readonly next: RoleFile<'root'>;
}

/** `tuf.file_invalid`. */
export function parseRootProposal(bytes: Uint8Array): RootProposal {
  if (bytes.byteLength > 2 * limits.tufFileBytes)
    throw tufErrors.file_invalid(`the proposal has more than ${2 * limits.tufFileBytes} bytes`);
  return readRootProposal(parseJson(decodeUtf8(bytes) ?? ''));
}

/** The same of a value of JSON. */
export function readRootProposal(value: Json | undefined): RootProposal {
  if (!isJsonObject(value) || value.mediaType !== MEDIA_TYPE)
    throw tufErrors.file_invalid(`it is not a proposal of a root: "mediaType" must be ${MEDIA_TYPE}`);
  const next = readRoleFile('root', value.next);
  return value.current === undefined ? { next } : { current: readRoleFile('root', value.current), next };
}

/** UTF-8 JSON. */
export function formatRootProposal(proposal: RootProposal): Uint8Array {
  return Buffer.from(`${JSON.stringify(rootProposalJson(proposal), undefined, 1)}\n`);
}

export function rootProposalJson({ current, next }: RootProposal) {
  return {
    mediaType: MEDIA_TYPE,
    ...(current === undefined ? {} : { current: current.toJSON() }),
    next: next.toJSON(),
  };
}
