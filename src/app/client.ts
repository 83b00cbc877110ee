// The HTTP client as it is configured. A file of its own: a command that speaks to a registry waits for nothing else
// that the server is made of.
import { join } from 'node:path';
import { createHttp } from '../io/net/fetch.ts';
import type { Http } from '../io/net/http.ts';
import type { PartRoutes } from '../io/net/part-route.ts';
import type { Config, Places } from './config.ts';
import type { Surroundings } from './wire.ts';

/** `parts`: the instances that this machine is a part of; of none where absent. */
export function createClient(
  config: Config,
  places: Places,
  surroundings: Surroundings,
  parts?: PartRoutes,
): Http {
  return createHttp({
    ...partsOf(config, surroundings),
    proxy: places.proxy,
    certificateFolders: [
      join(places.home, '.config', 'containers', 'certs.d'),
      join(places.home, '.config', 'docker', 'certs.d'),
      '/etc/containers/certs.d',
      '/etc/docker/certs.d',
    ],
    ...(parts === undefined ? {} : { parts }),
    ...(config.insecureRegistries === undefined ? {} : { insecureHosts: config.insecureRegistries }),
  });
}

/**
 * For answers that prove themselves: on revocation, of timestamp authorities. Both have addresses of plain http, and
 * sign what they answer.
 */
export function createProvenHttp(config: Config, places: Places, surroundings: Surroundings): Http {
  return createHttp({ ...partsOf(config, surroundings), proxy: places.proxy, takesPlaintext: true });
}

/** For webhooks: others name the addresses, so that only public ones are connected to unless it is configured. */
export function createWebhookClient(config: Config, places: Places, surroundings: Surroundings): Http {
  if (config.webhooksPrivate === 'on') return createClient(config, places, surroundings);
  return createHttp({ ...partsOf(config, surroundings), isPublicOnly: true });
}

/** What every client is made of; a proxy only where it is named, since it would connect in the place of the client. */
function partsOf({ tlsTrust }: Config, { clock, random, log, version }: Surroundings) {
  return {
    clock,
    random,
    log,
    userAgent: `plimsoll/${version}`,
    ...(tlsTrust === undefined ? {} : { authorityFile: tlsTrust }),
  };
}
