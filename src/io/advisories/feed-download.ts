// Feeds over HTTP: from the vendors' public addresses, or from a mirror with the same layout as a folder.
// A document is streamed to a temporary file first (zip needs random access, and a half download must be
// seen before anything of it is used); the file goes away with its FeedFile.
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { describeError, isPlimsollError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';
import { netErrors } from '../net/errors.ts';
import { endBody } from '../net/fetch.ts';
import type { Http, HttpAnswer } from '../net/http.ts';
import { advisoryErrors } from './errors.ts';
import { openFeedFile } from './feed-file.ts';
import type { FeedDocument, FeedFile, FeedSource, FetchOptions } from './feed-source.ts';

const PREFIX = 'feed-';
/** The largest feed takes minutes, even over a slow line; a day is far beyond. */
const STALE_MS = 24 * 60 * 60 * 1000;

/** Feeds by HTTP; without `mirror` (a URL) from the vendors. `folder` takes the temporary files. */
export function createFeedDownload(deps: {
  readonly http: Http;
  readonly folder: string;
  readonly mirror?: string;
}): FeedSource {
  const base = deps.mirror?.replace(/\/?$/, '/');
  const address = (document: FeedDocument): string =>
    base === undefined ? document.publicUrl : `${base}${document.path}`;
  return {
    name: base ?? 'public addresses',
    async open(document, options = {}) {
      const place = await makePlace(deps.folder);
      const dispose = () => rm(place, { recursive: true, force: true });
      const url = address(document);
      try {
        const answer = await ask(deps.http, url, options.signal);
        // No await between the answer and reading it: a body that breaks off unheard would end the process.
        if (answer.status === 200)
          return await download(join(place, 'document'), url, answer, options, dispose);
        endBody(answer.body);
        if (answer.status !== 404 && answer.status !== 410) {
          throw advisoryErrors.feed_unreadable(`${url} answered with status ${answer.status}`);
        }
      } catch (error) {
        await dispose();
        throw error;
      }
      await dispose();
      return undefined;
    },
  };
}

async function ask(http: Http, url: string, signal: AbortSignal | undefined): Promise<HttpAnswer> {
  try {
    return await http.requestWithRetry({
      url,
      limitBytes: limits.feedBytes,
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (cause) {
    signal?.throwIfAborted();
    throw advisoryErrors.feed_unreadable(`${url} cannot be fetched: ${describeError(cause)}`, { cause });
  }
}

async function download(
  path: string,
  url: string,
  answer: HttpAnswer,
  options: FetchOptions,
  dispose: () => Promise<void>,
): Promise<FeedFile> {
  const totalBytes = contentLength(answer);
  let sizeBytes = 0;
  const count = async function* (chunks: AsyncIterable<Uint8Array>) {
    for await (const chunk of chunks) {
      sizeBytes += chunk.byteLength;
      options.onProgress?.(sizeBytes, totalBytes);
      yield chunk;
    }
  };
  try {
    await pipeline(answer.body, count, createWriteStream(path), {
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
  } catch (cause) {
    options.signal?.throwIfAborted();
    if (isPlimsollError(cause, { code: netErrors.answer_too_large.code })) {
      throw advisoryErrors.feed_damaged(`${url} is larger than ${limits.feedBytes} bytes`, { cause });
    }
    throw advisoryErrors.feed_unreadable(`the download of ${url} broke off: ${describeError(cause)}`, {
      cause,
    });
  }
  return openFeedFile({ path, address: url, sizeBytes, dispose });
}

async function makePlace(folder: string): Promise<string> {
  try {
    await mkdir(folder, { recursive: true });
    await removeStale(folder);
    return await mkdtemp(join(folder, PREFIX));
  } catch (cause) {
    throw advisoryErrors.folder_unusable(`${folder} cannot take a download: ${describeError(cause)}`, {
      cause,
    });
  }
}

/** What a killed process left. Another may be downloading into the same folder right now: its folder is young. */
async function removeStale(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const place = join(folder, name);
    if (!name.startsWith(PREFIX)) continue;
    const found = await stat(place).catch(() => undefined);
    if (found !== undefined && found.mtimeMs < Date.now() - STALE_MS)
      await rm(place, { recursive: true, force: true });
  }
}

/** Undefined where the body was compressed on the way: the length is then not that of what arrives. */
function contentLength(answer: HttpAnswer): number | undefined {
  const length = answer.headers['content-length'];
  if (length === undefined || answer.headers['content-encoding'] !== undefined) return undefined;
  return /^\d{1,15}$/.test(length) ? Number(length) : undefined;
}
