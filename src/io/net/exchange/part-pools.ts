// Connections as a part of an instance: TLS 1.3, the instance's own authorities alone, and the server known by the
// SPIFFE ID of its certificate (X509-SVID §5), never by a DNS name. Each certificate has its own pool; when the next one
// is there, connections under the former are let go of as they become idle. No session is resumed, so that every
// connection proves both sides anew.
import https from 'node:https';
import type { Duplex } from 'node:stream';
import type { PeerCertificate } from 'node:tls';
import { parseWorkloadSvid } from '../../../formats/spiffe/svid.ts';
import { describeError } from '../../../kit/error.ts';
import { netErrors } from '../errors.ts';
import type { PartRoute } from '../part-route.ts';

/** What one request needs beside its address. */
export interface PartExchange {
  readonly agent: https.Agent;
  readonly freshAgent: https.Agent;
  /** Where the connection goes. */
  readonly hostname: string;
  readonly port: number;
}

export interface PartPools {
  choose(host: string, route: PartRoute): PartExchange;
  close(): void;
}

export function createPartPools(options: { readonly proxyEnv?: Record<string, string> }): PartPools {
  const pools = new Map<string, Pool>();
  return {
    choose(host, route) {
      const known = pools.get(host);
      if (known !== undefined && isSame(known.route, route)) return known.exchange;
      known?.agent.retire();
      const pool = createPool(route, options.proxyEnv);
      pools.set(host, pool);
      return pool.exchange;
    },
    close() {
      for (const { agent, exchange } of pools.values()) {
        agent.destroy();
        exchange.freshAgent.destroy();
      }
    },
  };
}

interface Pool {
  readonly route: PartRoute;
  readonly agent: PartAgent;
  readonly exchange: PartExchange;
}

function createPool(route: PartRoute, proxyEnv: Record<string, string> | undefined): Pool {
  const { hostname, port } = new URL(route.address);
  const settings: https.AgentOptions = {
    ca: [...route.authorities],
    cert: route.certificate,
    key: route.key,
    minVersion: 'TLSv1.3',
    rejectUnauthorized: true,
    maxCachedSessions: 0,
    checkServerIdentity: (_host, peer) => judgeServer(peer, route),
    ...(proxyEnv === undefined ? {} : { proxyEnv }),
  };
  const agent = new PartAgent({ ...settings, keepAlive: true });
  const place = { hostname: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? 443 : Number(port) };
  return { route, agent, exchange: { agent, freshAgent: new https.Agent(settings), ...place } };
}

/** The platform has checked the chain, its times and that it is for a server. */
function judgeServer(peer: PeerCertificate, { address, serverId }: PartRoute): Error | undefined {
  try {
    const { id } = parseWorkloadSvid(peer.raw);
    if (id === serverId) return undefined;
    return netErrors.part_server_untrusted(`${address} is ${id}, and should be ${serverId}`);
  } catch (cause) {
    return netErrors.part_server_untrusted(`${address} should be ${serverId}: ${describeError(cause)}`, {
      cause,
    });
  }
}

/** Keeps connections until it is retired. */
class PartAgent extends https.Agent {
  #isRetired = false;

  override keepSocketAlive(socket: Duplex): boolean {
    // The types leave out that it says whether the connection is kept.
    return !this.#isRetired && (super.keepSocketAlive(socket) as unknown) === true;
  }

  /** What is under way comes to its end. */
  retire(): void {
    this.#isRetired = true;
    for (const sockets of Object.values(this.freeSockets))
      for (const socket of sockets ?? []) socket.destroy();
  }
}

function isSame(one: PartRoute, other: PartRoute): boolean {
  return (
    one.certificate === other.certificate &&
    one.address === other.address &&
    one.serverId === other.serverId &&
    one.authorities.join() === other.authorities.join()
  );
}
