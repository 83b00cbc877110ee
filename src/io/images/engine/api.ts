// The Docker Engine API as far as reading images goes (docs.docker.com/reference/api/engine, unversioned paths:
// docker and podman answer those in their own version): ping, inspect, save. One connection per question.
// Answers are bounded in time and size; an engine's words are shown without control characters.
import {
  type ClientRequest,
  type IncomingMessage,
  request as openHttp,
  type RequestOptions,
} from 'node:http';
import { request as openHttps } from 'node:https';
import type { Readable } from 'node:stream';
import { collectBytes, decodeUtf8 } from '../../../kit/bytes.ts';
import { isJsonObject, parseJson } from '../../../kit/json.ts';
import type { Limits } from '../../../kit/limits.ts';
import { imageErrors } from '../errors.ts';
import { printable } from '../printable.ts';
import type { EngineRoute } from './endpoint.ts';

export interface EngineApi {
  /** Undefined where an engine answers; else in a few words why none does. */
  ping(): Promise<string | undefined>;
  /** The image's id, or undefined where the engine has no such image. `images.engine_failed`. */
  findImage(name: string): Promise<string | undefined>;
  /** `docker save` of one image, to be read to its end or destroyed. `images.engine_failed`. */
  save(id: string): Promise<Readable>;
}

export interface EngineApiDeps {
  /** How messages call the engine. */
  readonly shown: string;
  readonly limits: Limits;
  readonly signal?: AbortSignal;
}

const ID = /^sha256:[0-9a-f]{64}$/;
/** An error is a sentence; a proxy's HTML page some kB. */
const ERROR_BYTES = 64 * 1024;

export function createEngineApi(route: EngineRoute, deps: EngineApiDeps): EngineApi {
  const { shown, limits, signal } = deps;

  async function get(path: string, silenceMs: number): Promise<IncomingMessage> {
    try {
      return await send(route, path, { silenceMs, limits, ...(signal === undefined ? {} : { signal }) });
    } catch (error) {
      signal?.throwIfAborted();
      throw imageErrors.engine_failed(`${shown}: ${failureWords(error)}`, { cause: error });
    }
  }

  return {
    async ping() {
      try {
        const answer = await send(route, '/_ping', {
          silenceMs: limits.connectMs,
          limits,
          ...(signal === undefined ? {} : { signal }),
        });
        const isEngine = answer.statusCode === 200 && answer.headers['api-version'] !== undefined;
        answer.destroy();
        if (isEngine) return undefined;
        return answer.statusCode === 200
          ? 'what answers there is not a container engine'
          : `answers ${answer.statusCode}`;
      } catch (error) {
        signal?.throwIfAborted();
        return failureWords(error);
      }
    },
    async findImage(name) {
      const answer = await get(`/images/${encodeName(name)}/json`, limits.answerIdleMs);
      if (answer.statusCode === 404) {
        answer.destroy();
        return undefined;
      }
      if (answer.statusCode !== 200) throw await refusal(answer, shown, `about ${name}`);
      const value = parseJson(decodeUtf8(await readAll(answer, shown, limits, signal)) ?? '');
      const id = isJsonObject(value) ? value.Id : undefined;
      // podman's older services leave the algorithm out.
      const full = typeof id === 'string' && !id.includes(':') ? `sha256:${id}` : id;
      if (typeof full === 'string' && ID.test(full)) return full;
      throw imageErrors.engine_failed(`${shown} describes ${name} without an image id`);
    },
    async save(id) {
      const answer = await get(`/images/${encodeName(id)}/get`, limits.engineSilenceMs);
      if (answer.statusCode !== 200) throw await refusal(answer, shown, `to save ${id}`);
      return answer;
    },
  };
}

interface SendWish {
  readonly silenceMs: number;
  readonly limits: Limits;
  readonly signal?: AbortSignal;
}

function send(route: EngineRoute, path: string, { silenceMs, limits, signal }: SendWish) {
  const options: RequestOptions = {
    path,
    // A unix socket has no host; docker's own client writes this one.
    headers: { host: route.kind === 'unix' ? 'docker' : hostHeader(route) },
    agent: false,
    timeout: silenceMs,
    maxHeaderSize: limits.answerHeadBytes,
    ...(signal === undefined ? {} : { signal }),
  };
  return new Promise<IncomingMessage>((resolve, reject) => {
    const request = openRequest(route, options);
    request.on('timeout', () => request.destroy(new Error(`is silent for ${silenceMs / 1000} s`)));
    // Not once: a connection may fail again after its answer has begun.
    request.on('error', reject);
    request.once('response', resolve);
    request.end();
  });
}

function openRequest(route: EngineRoute, options: RequestOptions): ClientRequest {
  if (route.kind === 'unix') return openHttp({ ...options, socketPath: route.path });
  const { host, port, tls } = route;
  if (tls === undefined) return openHttp({ ...options, host, port });
  const { ca, cert, key, skipsVerify = false } = tls;
  return openHttps({ ...options, host, port, ca, cert, key, rejectUnauthorized: !skipsVerify });
}

function hostHeader({ host, port }: Extract<EngineRoute, { kind: 'tcp' }>): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Slashes divide, as engines' routes want it; a tag's and a digest's marks may stand as they are. */
function encodeName(name: string): string {
  const encode = (part: string): string =>
    encodeURIComponent(part).replaceAll('%3A', ':').replaceAll('%40', '@');
  return name.split('/').map(encode).join('/');
}

async function refusal(answer: IncomingMessage, shown: string, what: string): Promise<Error> {
  const words = await readWords(answer);
  const said = words === '' ? '' : `: ${words}`;
  return imageErrors.engine_failed(`${shown}, asked ${what}, answers ${answer.statusCode}${said}`);
}

/** The `message` of the engine's error; '' for anything else: the status alone has to do. */
async function readWords(answer: IncomingMessage): Promise<string> {
  try {
    const bytes = await collectBytes(answer, ERROR_BYTES, imageErrors.engine_failed);
    const value = parseJson(decodeUtf8(bytes) ?? '');
    return isJsonObject(value) && typeof value.message === 'string' ? printable(value.message, 300) : '';
  } catch {
    answer.destroy();
    return '';
  }
}

async function readAll(
  answer: IncomingMessage,
  shown: string,
  limits: Limits,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  try {
    return await collectBytes(answer, limits.registryAnswerBytes, imageErrors.engine_failed);
  } catch (cause) {
    signal?.throwIfAborted();
    throw imageErrors.engine_failed(`${shown} breaks off or does not end: ${failureWords(cause)}`, { cause });
  }
}

/** What a person can act on; never a stack, and the place is named by the caller. */
export function failureWords(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  switch (code) {
    case 'ENOENT':
      return 'no such socket';
    case 'EACCES':
    case 'EPERM':
      return 'this user may not open the socket';
    case 'ECONNREFUSED':
      return 'nothing listens there';
    case 'ECONNRESET':
    case 'EPIPE':
      return 'the connection was cut';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'no such host';
    default:
      return printable(error instanceof Error ? error.message : String(error), 200);
  }
}
