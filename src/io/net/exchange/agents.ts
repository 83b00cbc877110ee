// Which connection pool a request uses: direct or through the proxy, http or https.
// Loopback never goes through a proxy, whatever the settings say, as curl's and Go's users expect.
// Authorities are read once, at the first https request.
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import type { LookupFunction } from 'node:net';
import tls from 'node:tls';
import { netErrors } from '../errors.ts';
import type { ProxySettings } from '../http.ts';
import { isLoopbackHost } from '../loopback.ts';
import { createPublicLookup } from './public-lookup.ts';

interface Route {
  /** Keeps connections alive. */
  readonly agent: http.Agent;
  /** Always connects anew. */
  readonly freshAgent: http.Agent;
  /** PEM texts of all trusted authorities; undefined for the runtime's own list. */
  readonly authorities?: readonly string[];
}

interface Agents {
  choose(url: URL): Promise<Route>;
  close(): void;
}

/** The pools; nothing is opened or read before the first request. */
export function createAgents(settings: {
  readonly proxy?: ProxySettings;
  readonly authorityFile?: string;
  readonly isPublicOnly?: boolean;
}): Agents {
  const proxyEnv = proxyVariables(settings.proxy);
  const direct = createPools(settings.isPublicOnly === true ? { lookup: createPublicLookup() } : {});
  const proxied = proxyEnv === undefined ? direct : createPools({ proxyEnv });
  let authorities: Promise<readonly string[]> | undefined;

  return {
    async choose(url) {
      const pools = isLoopbackHost(url.hostname) ? direct : proxied;
      if (url.protocol === 'http:') return pools.plain;
      if (settings.authorityFile === undefined) return pools.secure;
      authorities ??= readAuthorities(settings.authorityFile);
      return { ...pools.secure, authorities: await authorities };
    },
    close() {
      for (const pools of [direct, proxied])
        for (const { agent, freshAgent } of [pools.plain, pools.secure]) {
          agent.destroy();
          freshAgent.destroy();
        }
    },
  };
}

function createPools(options: {
  readonly proxyEnv?: Record<string, string>;
  readonly lookup?: LookupFunction;
}): {
  plain: Route;
  secure: Route;
} {
  const kept = { ...options, keepAlive: true };
  return {
    plain: { agent: new http.Agent(kept), freshAgent: new http.Agent(options) },
    secure: { agent: new https.Agent(kept), freshAgent: new https.Agent(options) },
  };
}

function proxyVariables(proxy: ProxySettings | undefined): Record<string, string> | undefined {
  if (proxy?.http === undefined && proxy?.https === undefined) return undefined;
  for (const address of [proxy.http, proxy.https])
    if (address !== undefined && !/^https?:\/\//.test(URL.parse(address)?.href ?? ''))
      throw netErrors.address_invalid(`the proxy "${address.slice(0, 200)}" is not an http or https address`);
  return {
    ...(proxy.http === undefined ? {} : { HTTP_PROXY: proxy.http }),
    ...(proxy.https === undefined ? {} : { HTTPS_PROXY: proxy.https }),
    ...(proxy.except === undefined ? {} : { NO_PROXY: proxy.except }),
  };
}

async function readAuthorities(file: string): Promise<readonly string[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw netErrors.authority_unreadable(`the CA file ${file} cannot be read`, { cause });
  }
  if (!text.includes('-----BEGIN CERTIFICATE-----'))
    throw netErrors.authority_unreadable(`the CA file ${file} holds no PEM certificate`);
  return [...tls.getCACertificates('default'), text];
}
