// Which connection pool a request uses: direct or through the proxy, http or https.
// Loopback never goes through a proxy, whatever the settings say, as curl's and Go's users expect.
// Authorities of the settings are read once, at the first https request; those of one host, and what is shown to it,
// again after a while, so that a long-lived process takes renewed ones.
import { readFile } from 'node:fs/promises';
import type { Agent } from 'node:http';
import type { LookupFunction } from 'node:net';
import { netErrors } from '../errors.ts';
import type { ProxySettings } from '../http.ts';
import { isLoopbackHost } from '../loopback.ts';
import type { PartRoute } from '../part-route.ts';
import { type HostCertificate, readHostCertificate } from './host-certificate.ts';
import { loadHttp, loadHttps, loadTls } from './node-http.ts';
import type { PartExchange, PartPools } from './part-pools.ts';
import { createPublicLookup } from './public-lookup.ts';

interface Route {
  /** Keeps connections alive. */
  readonly agent: Agent;
  /** Always connects anew. */
  readonly freshAgent: Agent;
  /** PEM texts of all trusted authorities; undefined for the runtime's own list. */
  readonly authorities?: readonly string[];
  readonly client?: HostCertificate['client'];
  /** Where the connection goes instead of to the URL's host. */
  readonly place?: Pick<PartExchange, 'hostname' | 'port'>;
}

interface Agents {
  choose(url: URL): Promise<Route>;
  /** As a part of the host. */
  chooseAsPart(url: URL, route: PartRoute): Promise<Route>;
  close(): void;
}

const HOST_KNOWN_MS = 60_000;
const HOSTS_KEPT = 1_000;

/** The pools; nothing is opened or read before the first request. */
export function createAgents(settings: {
  readonly proxy?: ProxySettings;
  readonly authorityFile?: string;
  readonly isPublicOnly?: boolean;
  /** certs.d folders, the first of them first. */
  readonly certificateFolders?: readonly string[];
  readonly now: () => number;
}): Agents {
  const proxyEnv = proxyVariables(settings.proxy);
  const direct = createPools(settings.isPublicOnly === true ? { lookup: createPublicLookup() } : {});
  const proxied = proxyEnv === undefined ? direct : createPools({ proxyEnv });
  const parts = new Map<boolean, Promise<PartPools>>();
  let authorities: Promise<readonly string[]> | undefined;
  const { authorityFile, certificateFolders = [], now } = settings;
  const hosts = new Map<
    string,
    { readonly at: number; readonly found: Promise<HostCertificate | undefined> }
  >();

  function hostCertificate(url: URL): Promise<HostCertificate | undefined> {
    const known = hosts.get(url.host);
    if (known !== undefined && now() - known.at < HOST_KNOWN_MS) return known.found;
    if (hosts.size >= HOSTS_KEPT) hosts.clear();
    const found = readHostCertificate(certificateFolders, url);
    hosts.set(url.host, { at: now(), found });
    // What could not be used may be mended by the next try.
    found.catch(() => hosts.delete(url.host));
    return found;
  }

  async function trustIn(url: URL): Promise<Pick<Route, 'authorities' | 'client'> | undefined> {
    const own = certificateFolders.length === 0 ? undefined : await hostCertificate(url);
    if (authorityFile === undefined && own === undefined) return undefined;
    if (authorityFile !== undefined) authorities ??= readAuthorities(authorityFile);
    const usual = await authorities;
    const client = own?.client === undefined ? {} : { client: own.client };
    if (own === undefined || own.authorities.length === 0)
      return { ...(usual === undefined ? {} : { authorities: usual }), ...client };
    return {
      authorities: [...(usual ?? loadTls().getCACertificates('default')), ...own.authorities],
      ...client,
    };
  }

  /** Loaded by who is a part of something. */
  function partPools(isDirect: boolean): Promise<PartPools> {
    const made =
      parts.get(isDirect) ??
      import('./part-pools.ts').then(({ createPartPools }) =>
        createPartPools(isDirect || proxyEnv === undefined ? {} : { proxyEnv }),
      );
    parts.set(isDirect, made);
    return made;
  }

  return {
    async choose(url) {
      const pools = isLoopbackHost(url.hostname) ? direct : proxied;
      if (url.protocol === 'http:') return pools.plain();
      const trust = await trustIn(url);
      return trust === undefined ? pools.secure() : { ...pools.secure(), ...trust };
    },
    async chooseAsPart(url, route) {
      const isDirect = proxyEnv === undefined || isLoopbackHost(new URL(route.address).hostname);
      const { agent, freshAgent, ...place } = (await partPools(isDirect)).choose(url.host, route);
      return { agent, freshAgent, place };
    },
    close() {
      for (const pools of parts.values()) void pools.then((made) => made.close());
      for (const pools of [direct, proxied]) pools.close();
    },
  };
}

interface Pools {
  plain(): Route;
  secure(): Route;
  close(): void;
}

/** Each made when the first address of its kind is asked. */
function createPools(options: {
  readonly proxyEnv?: Record<string, string>;
  readonly lookup?: LookupFunction;
}): Pools {
  const kept = { ...options, keepAlive: true };
  const made = new Map<'plain' | 'secure', Route>();
  const route = (kind: 'plain' | 'secure', load: () => { readonly Agent: typeof Agent }): Route => {
    const known = made.get(kind);
    if (known !== undefined) return known;
    const { Agent } = load();
    const created = { agent: new Agent(kept), freshAgent: new Agent(options) };
    made.set(kind, created);
    return created;
  };
  return {
    plain: () => route('plain', loadHttp),
    secure: () => route('secure', loadHttps),
    close() {
      for (const { agent, freshAgent } of made.values()) {
        agent.destroy();
        freshAgent.destroy();
      }
    },
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
  return [...loadTls().getCACertificates('default'), text];
}
