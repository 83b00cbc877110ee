// A Notary v1 server, read: role files by name, `GET /v2/GUN/_trust/tuf/NAME.json`, with the logins and tokens of
// registries (notary storage/httpstore.go). Bytes come as they are; what they say is judged elsewhere. Nothing is written.
import { collectBytes } from '../../kit/bytes.ts';
import { endBody } from '../net/fetch.ts';
import { imageErrors } from './errors.ts';
import { type ConnectionDeps, createConnection } from './registry/connection.ts';
import { registryFailure } from './registry/failure.ts';

/** Which repository's trust data, and where. */
export interface TrustPlace {
  /** The registry, as in a reference: `docker.io`. */
  readonly registry: string;
  readonly repository: string;
  /** Host and port of the Notary server; `defaultTrustHost` where nothing else is named. */
  readonly host: string;
}

export interface TrustAnswer {
  /** Absent where the server has no such file. */
  readonly bytes?: Uint8Array;
  /** The address that answered. */
  readonly url: string;
  /** As the server says when it was published. */
  readonly lastModified?: string;
}

export interface TrustServer {
  readonly host: string;
  /** `docker.io/library/debian`. */
  readonly gun: string;
  /**
   * A file by name (`root`, `2.root`, `targets/releases.SHA256`). More than `mostBytes` is `images.damaged` or `net.answer_too_large`; else the `images.*` codes of a registry, and `net.*`.
   */
  read(name: string, mostBytes: number): Promise<TrustAnswer>;
}

/** Docker Hub's server has a name of its own; every other registry is its own. */
export function defaultTrustHost(registry: string): string {
  return registry === 'docker.io' ? 'notary.docker.io' : registry;
}

/** Opens nothing; the first read does. */
export function createTrustServer(place: TrustPlace, deps: ConnectionDeps): TrustServer {
  const { registry, repository, host } = place;
  const gun = `${registry}/${repository}`;
  // The registry's login goes to its own server; a server of somebody else gets what was stored for it.
  const owner = isOwnServer(place) ? registry : host;
  const connection = createConnection(host, {
    ...deps,
    credential: () => deps.credential(owner, owner === registry ? repository : undefined),
  });
  return {
    host,
    gun,
    async read(name, mostBytes) {
      const answer = await connection.send({
        target: `/v2/${gun}/_trust/tuf/${name}.json`,
        need: { repositories: [{ name: gun, actions: 'pull' }] },
        limitBytes: mostBytes,
      });
      if (answer.status === 404) {
        endBody(answer.body);
        return { url: String(answer.url) };
      }
      if (answer.status !== 200) throw await registryFailure(answer, `${name}.json of ${gun}`);
      const bytes = await collectBytes(answer.body, mostBytes, imageErrors.damaged);
      const lastModified = answer.headers['last-modified'];
      return { bytes, url: String(answer.url), ...(lastModified === undefined ? {} : { lastModified }) };
    },
  };
}

function isOwnServer({ registry, host }: TrustPlace): boolean {
  return host === defaultTrustHost(registry) || nameOf(host) === nameOf(registry);
}

/** Without the port: Harbor's Notary stands beside its registry on another one. */
function nameOf(host: string): string {
  return host.replace(/:\d+$/, '');
}
