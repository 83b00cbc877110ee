// Where the repository of trust of an address is, and the root that it begins with: for somebody who has the address
// and no root yet. What comes back is trusted by nobody; a checksum or a person says whether it may be.
import { parseRoleFile } from '../../formats/tuf/role-file.ts';
import { collectBytes } from '../../kit/bytes.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';
import { endBody } from '../net/fetch.ts';
import type { Http } from '../net/http.ts';
import { trustFilesErrors } from './errors.ts';

/** Where an instance has its repository. */
const INSTANCE_PATH = '/trust/tuf';

export interface FindParts {
  readonly http: Http;
  readonly signal?: AbortSignal;
}

/**
 * Of the instance behind the address, else the address itself, where `timestamp.json` is there. `trustfiles.repository_absent`,
 * `trustfiles.refresh_failed`, `net.*`.
 */
export async function findRepository(parts: FindParts, address: string): Promise<string> {
  const plain = address.replace(/\/+$/, '');
  // The pages of an instance answer every path, so that an answer alone says nothing, and they may not be there.
  for (const url of [`${plain}${INSTANCE_PATH}`, plain]) if (await hasTimestamp(parts, url)) return url;
  throw trustFilesErrors.repository_absent(
    `${plain} has neither timestamp.json nor ${INSTANCE_PATH.slice(1)}/timestamp.json`,
  );
}

async function hasTimestamp(parts: FindParts, url: string): Promise<boolean> {
  const bytes = await fetchFile(parts, `${url}/timestamp.json`);
  try {
    return bytes !== undefined && parseRoleFile('timestamp', bytes) !== undefined;
  } catch (error) {
    if (isPlimsollError(error, { code: 'tuf.file_invalid' })) return false;
    throw error;
  }
}

/** The first root of the repository; `trustfiles.repository_absent`, `tuf.file_invalid`. */
export async function fetchFirstRoot(parts: FindParts, url: string): Promise<Uint8Array> {
  const bytes = await fetchFile(parts, `${url}/1.root.json`);
  if (bytes === undefined) throw trustFilesErrors.repository_absent(`${url}/1.root.json is not there`);
  parseRoleFile('root', bytes);
  return bytes;
}

/** Undefined where the answer is that there is none. */
async function fetchFile({ http, signal }: FindParts, url: string): Promise<Uint8Array | undefined> {
  const limitBytes = limits.tufFileBytes;
  const answer = await http.requestWithRetry({
    url,
    limitBytes,
    ...(signal === undefined ? {} : { signal }),
  });
  if (answer.status === 200) return collectBytes(answer.body, limitBytes, trustFilesErrors.refresh_failed);
  endBody(answer.body);
  if (answer.status === 404 || answer.status === 403 || answer.status === 410) return undefined;
  throw trustFilesErrors.refresh_failed(`${url} was answered with status ${answer.status}`);
}
