// The one HTTP client as it is configured: proxies, authorities, docker's and podman's certificates. Apart from wire.ts,
// so that a command that asks a registry does not load the database first.
import { join } from 'node:path';
import { createHttp, type HttpDeps } from '../io/net/fetch.ts';
import type { Http } from '../io/net/http.ts';
import type { Config, Places } from './config.ts';

/** Of the settings; dispose it to close the connections that it keeps alive. */
export function createClient(
  config: Config,
  places: Places,
  surroundings: Pick<HttpDeps, 'clock' | 'random' | 'log'> & { readonly version: string },
): Http {
  const { clock, random, log, version } = surroundings;
  return createHttp({
    clock,
    random,
    log,
    userAgent: `plimsoll/${version}`,
    proxy: places.proxy,
    ...authorityFile(config),
    certificateFolders: [
      join(places.home, '.config', 'containers', 'certs.d'),
      join(places.home, '.config', 'docker', 'certs.d'),
      '/etc/containers/certs.d',
      '/etc/docker/certs.d',
    ],
    ...(config.insecureRegistries === undefined ? {} : { insecureHosts: config.insecureRegistries }),
  });
}

export function authorityFile({ tlsTrust }: Config): { authorityFile?: string } {
  return tlsTrust === undefined ? {} : { authorityFile: tlsTrust };
}
