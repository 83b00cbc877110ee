// The tag log below /tlog as C2SP tlog-tiles: `checkpoint`, `key`, `tile/<L>/<N>[.p/<W>]`, `tile/entries/<N>[.p/<W>]`.
// Anybody may read it: entries of private repositories are sealed. A tile never changes, so caches keep it.
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { parseTilePath } from '../../../formats/crypto/tile.ts';
import { formatInstant } from '../../../kit/clock.ts';
import type { TagLog, TagLogFacts } from '../../../services/registry/tag-log.ts';
import type { LogFacts } from '../../../services/trust/log-view.ts';
import { takesEncoding } from '../api/pages.ts';
import type { FetchHandler } from '../fetch-bridge.ts';

/** Where the log is served. */
export const tlogPath = '/tlog';

const compress = promisify(gzip);
const FOR_EVER = 'public, max-age=31536000, immutable';

export function createTlog({ tagLog }: { readonly tagLog: TagLog }): FetchHandler {
  return async (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return new Response(null, { status: 405, headers: { allow: 'GET, HEAD' } });
    return answerLog(tagLog, new URL(request.url).pathname.slice(tlogPath.length + 1), request);
  };
}

type LogKeys = Pick<TagLogFacts, 'key'> & Partial<Pick<TagLogFacts, 'former'> & Pick<LogFacts, 'next'>>;

export interface ServedLog extends Pick<TagLog, 'checkpoint' | 'tile'> {
  describe(): Promise<LogKeys>;
}

/** A log of tiles, whichever it is, by what stands behind its address: `checkpoint`, `key` or a tile's path. */
export async function answerLog(log: ServedLog, path: string, request: Request): Promise<Response> {
  if (path === 'checkpoint') return answerText(await log.checkpoint());
  if (path === 'key') return answerText(describeKeys(await log.describe()));
  const place = parseTilePath(path);
  const bytes = place === undefined ? undefined : await log.tile(place);
  if (place === undefined || bytes === undefined) return answerMissing();
  return place.kind === 'entries' ? answerEntries(request, bytes) : answerBytes(bytes, {});
}

/** Lines of a witness's policy, so that they can be handed over as they are. */
function describeKeys({ key, former = [], next = [] }: LogKeys): string {
  const lines = [
    ...former.map(
      (one) => `# the former key, which signs until ${formatInstant(one.until)}\nlog ${one.key}\n`,
    ),
    ...next.map((one) => `# the next key, which signs from ${formatInstant(one.from)}\nlog ${one.key}\n`),
  ];
  return `log ${key}\n${lines.join('')}`;
}

function answerText(text: string): Response {
  const headers = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-cache' };
  return new Response(text, { headers });
}

/** Hashes do not compress; entries, which are alike, shrink to a fifth. */
async function answerEntries(request: Request, bytes: Uint8Array): Promise<Response> {
  const vary = { vary: 'accept-encoding' };
  if (!takesEncoding(request, 'gzip')) return answerBytes(bytes, vary);
  return answerBytes(await compress(bytes), { ...vary, 'content-encoding': 'gzip' });
}

function answerBytes(bytes: Uint8Array, more: Readonly<Record<string, string>>): Response {
  const headers = {
    'content-type': 'application/octet-stream',
    'content-length': String(bytes.byteLength),
    'cache-control': FOR_EVER,
    ...more,
  };
  return new Response(bytes as Uint8Array<ArrayBuffer>, { headers });
}

/** A tile that is not there yet may be soon. */
function answerMissing(): Response {
  const headers = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' };
  return new Response('the log has nothing here\n', { status: 404, headers });
}
