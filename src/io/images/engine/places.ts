// Where engines may listen, in the order in which they are asked: docker's own choice (DOCKER_HOST, the current
// context, its usual socket), then podman's services. Nothing is connected to here.
import { dirname, join } from 'node:path';
import { type CredentialPlaces, dockerConfigFile } from '../credential/config.ts';
import { printable } from '../printable.ts';
import { type EngineRouteReading, type EngineTls, parseEngineAddress } from './endpoint.ts';
import { readNamedEndpoint, readTlsFolder } from './named-endpoint.ts';

export interface EnginePlace {
  /** For messages: `docker at unix:///var/run/docker.sock`, with what named it. */
  readonly shown: string;
  readonly reading: EngineRouteReading;
}

/** Docker's place alone, or podman's after it. `images.credentials_unreadable` for a broken client configuration. */
export async function findEngines(
  places: CredentialPlaces,
  only: 'docker' | undefined,
): Promise<readonly EnginePlace[]> {
  const docker = await findDocker(places);
  return only === 'docker' ? [docker] : [docker, ...findPodman(places)];
}

async function findDocker(places: CredentialPlaces): Promise<EnginePlace> {
  const { DOCKER_HOST: address } = places.env;
  if (address) return placeAt('docker', address, 'DOCKER_HOST', await dockerTls(places));
  const named = await readNamedEndpoint(places);
  if (named !== undefined)
    return { shown: `docker at ${named.address} (context ${named.name})`, reading: named.reading };
  return placeAt('docker', 'unix:///var/run/docker.sock');
}

/** As docker's variables say; where there are certificates, the server is verified always. */
async function dockerTls(places: CredentialPlaces): Promise<EngineTls | undefined> {
  const { DOCKER_TLS_VERIFY, DOCKER_CERT_PATH } = places.env;
  if (!DOCKER_TLS_VERIFY && !DOCKER_CERT_PATH) return undefined;
  return (await readTlsFolder(DOCKER_CERT_PATH || dirname(dockerConfigFile(places)))) ?? {};
}

function findPodman({ env }: CredentialPlaces): readonly EnginePlace[] {
  if (env.CONTAINER_HOST) return [placeAt('podman', env.CONTAINER_HOST, 'CONTAINER_HOST')];
  const sockets = ['/run/podman/podman.sock'];
  if (env.XDG_RUNTIME_DIR) sockets.unshift(join(env.XDG_RUNTIME_DIR, 'podman', 'podman.sock'));
  return sockets.map((path) => placeAt('podman', `unix://${path}`));
}

function placeAt(engine: string, address: string, from?: string, tls?: EngineTls): EnginePlace {
  const named = from === undefined ? '' : ` (${from})`;
  return {
    shown: `${engine} at ${printable(address, 200)}${named}`,
    reading: parseEngineAddress(address, tls),
  };
}
