// How Amazon's library sends: by the one HTTP client, with its proxies, its authorities and its bounds. Nothing is
// followed to another server, since the request was signed for this one.
import type { KMSClientConfig } from '@aws-sdk/client-kms';
import { limits } from '../../kit/limits.ts';
import type { Http } from '../net/http.ts';

type Handler = NonNullable<KMSClientConfig['requestHandler']>;

/** What is used of the library's request; KMS has neither query nor streams. */
interface AwsRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
}

export function createAwsHandler(http: Http): Handler {
  return {
    metadata: { handlerProtocol: 'http/1.1' },
    updateHttpClientConfig: () => {},
    httpHandlerConfigs: () => ({}),
    async handle(request: AwsRequest, options: { readonly abortSignal?: AbortSignal } = {}) {
      const url = new URL(`${request.protocol}//${request.hostname}${request.path}`);
      if (request.port !== undefined) url.port = String(request.port);
      const { host: _, ...headers } = request.headers;
      const answer = await http.request({
        url,
        method: request.method,
        headers,
        ...(request.body === undefined ? {} : { body: request.body }),
        ...(options.abortSignal === undefined ? {} : { signal: options.abortSignal }),
        redirects: 'manual',
        limitBytes: limits.keyServiceBytes,
      });
      return {
        response: { statusCode: answer.status, headers: { ...answer.headers }, body: answer.body },
      };
    },
  } as Handler;
}
