// Manifest GET and HEAD, by tag and by digest: of a public repository without a word, of a private one with a token.
// The manifest is that of an image with ten layers.
import { randomBytes } from 'node:crypto';
import { drive, type Load, missingGenerator } from './load.ts';
import type { Measure, Part, Prepared } from './part.ts';
import {
  checkServed,
  digestOf,
  emptyConfig,
  formatManifest,
  MANIFEST_TYPE,
  pushBlob,
  putManifest,
} from './push.ts';
import type { Server } from './server.ts';
import { openWire } from './wire.ts';

const PUBLIC = 'bench/public';
const PRIVATE = 'bench/private';
const LAYERS = 10;

export const manifestGet: Part = part('GET');
export const manifestHead: Part = part('HEAD');

function part(method: Load['method']): Part {
  return {
    name: `manifest-${method.toLowerCase()}`,
    title: `Manifest ${method}`,
    missing: () => missingGenerator(method),
    async prepare(servers): Promise<Prepared> {
      const layers = Array.from({ length: LAYERS }, () => randomBytes(1_000));
      const digests = new Set(await Promise.all(servers.map((server) => pushImage(server, layers))));
      const [digest = ''] = digests;
      const measures = ['latest', digest].flatMap((reference) =>
        [1, 32].flatMap((connections) => measuresOf(method, reference, connections)),
      );
      return { measures, notes: [] };
    },
  };
}

/** Pushed to a public and a private repository, and checked as each is read; the manifest's digest. */
async function pushImage(server: Server, layers: readonly Uint8Array[]): Promise<string> {
  const config = emptyConfig();
  const bytes = formatManifest(
    { digest: digestOf(config), sizeBytes: config.length },
    layers.map((layer) => ({ digest: digestOf(layer), sizeBytes: layer.length })),
  );
  const wanted = { digest: digestOf(bytes), sizeBytes: bytes.length };
  for (const repository of server.contestant.hasTokens ? [PUBLIC, PRIVATE] : [PUBLIC]) {
    const authorization = await server.authorize(repository);
    using wire = await openWire(server.port);
    for (const blob of [config, ...layers]) await pushBlob(wire, { repository, authorization }, [blob]);
    await putManifest(wire, { repository, authorization }, 'latest', bytes);
    if (repository === PRIVATE) await server.hide(PRIVATE);
    for (const reference of ['latest', wanted.digest])
      await checkServed(
        server,
        `/v2/${repository}/manifests/${reference}`,
        wanted,
        repository === PRIVATE ? authorization : undefined,
      );
  }
  return wanted.digest;
}

function measuresOf(method: Load['method'], reference: string, connections: number): readonly Measure[] {
  const name = `${method} by ${reference === 'latest' ? 'tag' : 'digest'}, ${connections} connection${connections === 1 ? '' : 's'}`;
  const load = async (server: Server, seconds: number, repository: string): Promise<number> => {
    const authorization = repository === PRIVATE ? await server.authorize(repository) : undefined;
    return drive({
      method,
      url: `http://${server.host}/v2/${repository}/manifests/${reference}`,
      headers: {
        Accept: MANIFEST_TYPE,
        ...(authorization === undefined ? {} : { Authorization: authorization }),
      },
      connections,
      seconds,
    });
  };
  return [
    {
      title: `${name}, public`,
      unit: 'req/s',
      run: (server, _round, seconds) => load(server, seconds, PUBLIC),
    },
    {
      title: `${name}, private with a token`,
      unit: 'req/s',
      run: (server, _round, seconds) => load(server, seconds, PRIVATE),
      withoutTokens: `${name}, public`,
    },
  ];
}
