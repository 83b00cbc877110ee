// The web UI's files. All of them are read once when the server starts and found by their exact path, so no
// request ever names a file on the disk. Names with a hash are kept by browsers for ever, the rest is asked
// for again. Addresses that the UI itself routes get its index.html.
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { hashHex } from '../../../kit/hash.ts';
import type { FetchHandler } from '../fetch-bridge.ts';

interface PageFile {
  readonly mediaType: string;
  readonly etag: string;
  readonly isForEver: boolean;
  /** Encoded at the first request that takes it. */
  body(encoding: Encoding): Promise<Uint8Array>;
  readonly isCompressible: boolean;
}

type Encoding = 'br' | 'gzip' | 'identity';

const MEDIA_TYPES: Readonly<Record<string, string>> = Object.freeze({
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.txt': 'text/plain; charset=utf-8',
  '.woff2': 'font/woff2',
});

/** Vite puts what it named by its content here. */
const HASHED = '/assets/';
/** Addresses that the UI routes by itself. */
const UI_PATH = /^\/(?:$|search$|compare$|r\/)/;

const brotli = promisify(brotliCompress);
const gzipped = promisify(gzip);

/** Serves `folder`, or a page that says how to build it where it has no index.html. */
export function createPages(folder: string): FetchHandler {
  const files = readPageFiles(folder);
  const index = files.get('/index.html');
  if (index === undefined) return answerUnbuilt;
  return async (request) => {
    const { pathname } = new URL(request.url);
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return new Response(null, { status: 405, headers: { allow: 'GET, HEAD' } });
    const file = files.get(pathname);
    if (file !== undefined) return answerFile(request, file, 200);
    if (pathname.startsWith(HASHED)) return new Response(null, { status: 404 });
    // Unknown addresses get the UI too, which says that nothing is there; the status says so to machines.
    return answerFile(request, index, UI_PATH.test(pathname) ? 200 : 404);
  };
}

function readPageFiles(folder: string): ReadonlyMap<string, PageFile> {
  const files = new Map<string, PageFile>();
  for (const path of listFiles(folder)) {
    const bytes = readFileSync(path);
    files.set(`/${relative(folder, path).split(sep).join('/')}`, createPageFile(path, bytes));
  }
  return files;
}

function listFiles(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && MEDIA_TYPES[extname(entry.name)] !== undefined)
      .map((entry) => join(entry.parentPath, entry.name));
  } catch {
    // A folder that is not there has no files: the UI is not built.
    return [];
  }
}

function createPageFile(path: string, bytes: Uint8Array): PageFile {
  const mediaType = MEDIA_TYPES[extname(path)] as string;
  const encoded = new Map<Encoding, Promise<Uint8Array>>([['identity', Promise.resolve(bytes)]]);
  return {
    mediaType,
    etag: `"${hashHex('sha256', bytes).slice(0, 32)}"`,
    isForEver: path.includes(`${sep}assets${sep}`),
    isCompressible: /^text\/|json|svg/.test(mediaType),
    body(encoding) {
      const known = encoded.get(encoding) ?? encode(bytes, encoding);
      encoded.set(encoding, known);
      return known;
    },
  };
}

function encode(bytes: Uint8Array, encoding: Encoding): Promise<Uint8Array> {
  // Quality 9 is near the best at a tenth of its time: the first visitor waits for it.
  return encoding === 'br'
    ? brotli(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } })
    : gzipped(bytes, { level: 9 });
}

async function answerFile(request: Request, file: PageFile, status: number): Promise<Response> {
  const headers = new Headers({
    'cache-control': file.isForEver ? 'public, max-age=31536000, immutable' : 'no-cache',
    etag: file.etag,
    vary: 'accept-encoding',
  });
  if (status === 200 && request.headers.get('if-none-match') === file.etag)
    return new Response(null, { status: 304, headers });
  const encoding = file.isCompressible ? chooseEncoding(request) : 'identity';
  if (encoding !== 'identity') headers.set('content-encoding', encoding);
  headers.set('content-type', file.mediaType);
  const body = await file.body(encoding);
  headers.set('content-length', String(body.byteLength));
  return new Response(request.method === 'HEAD' ? null : (body as Uint8Array<ArrayBuffer>), {
    status,
    headers,
  });
}

function chooseEncoding(request: Request): Encoding {
  return takesEncoding(request, 'br') ? 'br' : takesEncoding(request, 'gzip') ? 'gzip' : 'identity';
}

/** Whether an answer may be encoded so. A quality of nothing means "not this one"; others are left aside. */
export function takesEncoding(request: Request, name: string): boolean {
  const accepted = (request.headers.get('accept-encoding') ?? '').split(',').map((part) => part.trim());
  return accepted.some(
    (part) => part === name || (part.startsWith(`${name};`) && !/;\s*q=0(?:\.0*)?$/.test(part)),
  );
}

function answerUnbuilt(): Response {
  return new Response(
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>Plimsoll</title>
<h1>The pages are not built</h1>
<p>The registry and the API work. Build the pages with <code>npm run build</code> and start again.</p>
</html>\n`,
    { status: 503, headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' } },
  );
}
