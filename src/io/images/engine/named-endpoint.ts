// Docker's contexts: a name for an engine with its address and certificates, kept below the client's folder
// (docs.docker.com "Docker contexts"): contexts/meta/ID/meta.json and contexts/tls/ID/docker/{ca,cert,key}.pem,
// ID being the SHA-256 of the name. Read only.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isJsonObject } from '../../../kit/json.ts';
import { type CredentialPlaces, dockerConfigFile, readJsonFile } from '../credential/config.ts';
import { printable } from '../printable.ts';
import { type EngineRouteReading, type EngineTls, parseEngineAddress } from './endpoint.ts';

export interface NamedEndpoint {
  readonly name: string;
  /** The address as it is written there; the context's file where it has none. */
  readonly address: string;
  readonly reading: EngineRouteReading;
}

/** The context that docker would use, or undefined where that is its default. `images.credentials_unreadable`. */
export async function readNamedEndpoint(places: CredentialPlaces): Promise<NamedEndpoint | undefined> {
  const name = await currentName(places);
  if (name === '' || name === 'default') return undefined;
  const folder = join(dirname(dockerConfigFile(places)), 'contexts');
  const id = createHash('sha256').update(name).digest('hex');
  const file = join(folder, 'meta', id, 'meta.json');
  const problem = (why: string): NamedEndpoint => ({
    name: printable(name, 80),
    address: file,
    reading: { problem: why, isUnsupported: false },
  });
  const meta = await readJsonFile(file);
  if (meta === undefined) return problem('docker has no such context');
  const endpoint = isJsonObject(meta.Endpoints) ? meta.Endpoints.docker : undefined;
  const host = isJsonObject(endpoint) ? endpoint.Host : undefined;
  if (!isJsonObject(endpoint) || typeof host !== 'string' || host === '')
    return problem('this context names no docker endpoint');
  const tls = await readTlsFolder(join(folder, 'tls', id, 'docker'), endpoint.SkipTLSVerify === true);
  return { name: printable(name, 80), address: printable(host, 200), reading: parseEngineAddress(host, tls) };
}

async function currentName(places: CredentialPlaces): Promise<string> {
  if (places.env.DOCKER_CONTEXT) return places.env.DOCKER_CONTEXT;
  const config = await readJsonFile(dockerConfigFile(places));
  return typeof config?.currentContext === 'string' ? config.currentContext : '';
}

/** The PEM files of the folder; undefined where there is none of them and nothing else asks for TLS. */
export async function readTlsFolder(folder: string, skipsVerify = false): Promise<EngineTls | undefined> {
  const [ca, cert, key] = await Promise.all(
    ['ca.pem', 'cert.pem', 'key.pem'].map((name) => readOptional(join(folder, name))),
  );
  if (ca === undefined && cert === undefined && key === undefined && !skipsVerify) return undefined;
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(skipsVerify ? { skipsVerify } : {}),
  };
}

/** Undefined also where it may not be read: the engine then says that it wants a certificate. */
async function readOptional(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(() => undefined);
}
