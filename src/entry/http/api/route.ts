// One shape for every route of the API: its address, its schemas and its handler in one value. The router
// and the OpenAPI document are both made from the list of these, so neither can miss one.
import type { z } from 'zod';
import type { Principal } from '../../../services/hub/access.ts';

/** What a handler is told of a request; query and body have passed the route's schemas. */
export interface ApiCall<Q = unknown, B = unknown> {
  readonly viewer: Principal;
  /** Path parameters, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Q;
  readonly body: B;
  /** host[:port] that clients write before a repository's name. */
  readonly registryHost: string;
  /** Address that the request came from. */
  readonly from: string;
}

/** A document of another type than JSON of the contract, e.g. an SBOM. */
export interface RawAnswer {
  readonly mediaType: string;
  readonly body: string;
  /** Offered as a file of this name. */
  readonly fileName: string;
}

interface RouteFacts {
  readonly method: 'get' | 'post' | 'patch' | 'delete';
  /** OpenAPI spelling: `/api/v1/repositories/{name}/-/tags`; a name may hold slashes. */
  readonly path: string;
  readonly summary: string;
  readonly isForAdministrators?: true;
  /** Success; 200 where absent. 503 beside it where the answer's `status` is "not ready". */
  readonly status?: 200 | 201 | 202;
  readonly errors: readonly number[];
}

export interface ApiRoute extends RouteFacts {
  readonly query?: z.ZodObject;
  /** Schema of the JSON that is sent; none is read where absent. */
  readonly body?: z.ZodType;
  /** Schema of the JSON answer, or the media types of a document. */
  readonly answer: z.ZodType | readonly string[];
  handle(call: ApiCall): Promise<unknown>;
}

/** A route that answers with JSON; types tie the handler to the schemas. */
export function jsonRoute<
  A extends z.ZodType,
  Q extends z.ZodObject = z.ZodObject<Record<never, never>>,
  B extends z.ZodType = z.ZodUndefined,
>(
  route: RouteFacts & {
    readonly query?: Q;
    readonly body?: B;
    readonly answer: A;
    handle(call: ApiCall<z.output<Q>, z.output<B>>): Promise<z.input<A>>;
  },
): ApiRoute {
  return route as unknown as ApiRoute;
}

/** A route that answers with a document. */
export function documentRoute<Q extends z.ZodObject>(
  route: RouteFacts & {
    readonly query?: Q;
    readonly answer: readonly string[];
    handle(call: ApiCall<z.output<Q>>): Promise<RawAnswer>;
  },
): ApiRoute {
  return route as unknown as ApiRoute;
}
