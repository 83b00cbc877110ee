// The address of a container engine as docker and podman write it (DOCKER_HOST, a context's Host, CONTAINER_HOST):
// `unix:///path`, `tcp://host:port`. `ssh://` and `npipe://` need a program of their own and are not spoken.
import { isRegistryHost } from '../../../formats/oci/reference.ts';
import { printable } from '../printable.ts';

/** Certificates in PEM. Those that are absent are the system's, or none. The server is verified unless `skipsVerify`. */
export interface EngineTls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** Docker's SkipTLSVerify of a context: its owner's choice. */
  readonly skipsVerify?: boolean;
}

export type EngineRoute =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly tls?: EngineTls };

/** A route, or in a few words why there is none. */
export type EngineRouteReading =
  | { readonly route: EngineRoute }
  | { readonly problem: string; readonly isUnsupported: boolean };

/** Docker's ports for its API, without and with TLS. */
const PORTS = { plain: 2375, tls: 2376 };

/** Reads an address; `tls` holds for tcp alone. */
export function parseEngineAddress(address: string, tls?: EngineTls): EngineRouteReading {
  const [scheme, rest] = splitScheme(address);
  switch (scheme) {
    case 'unix':
      return rest === '' ? invalid(address) : { route: { kind: 'unix', path: rest } };
    case 'tcp':
    case 'http':
      return parseTcp(address, rest, tls);
    case 'https':
      return parseTcp(address, rest, tls ?? {});
    case 'ssh':
    case 'npipe':
    case 'fd':
      return {
        problem: `${scheme}:// is not spoken; run docker save -o FILE there and name the file as archive://FILE`,
        isUnsupported: true,
      };
    default:
      return invalid(address);
  }
}

function parseTcp(address: string, rest: string, tls: EngineTls | undefined): EngineRouteReading {
  const authority = rest.replace(/\/$/, '');
  if (!isRegistryHost(authority)) return invalid(address);
  const [, name = '', digits] = /^(.*?)(?::(\d+))?$/.exec(authority.replace(/^\[(.*)\]/, bare)) ?? [];
  const port = digits === undefined ? (tls === undefined ? PORTS.plain : PORTS.tls) : Number(digits);
  if (port < 1 || port > 65_535) return invalid(address);
  return {
    route: { kind: 'tcp', host: name.replaceAll('|', ':'), port, ...(tls === undefined ? {} : { tls }) },
  };
}

/** The colons of an IPv6 address out of the way of the port's. */
function bare(_all: string, inner: string): string {
  return inner.replaceAll(':', '|');
}

function splitScheme(address: string): readonly [string, string] {
  const at = address.indexOf('://');
  return at < 0 ? ['', address] : [address.slice(0, at), address.slice(at + '://'.length)];
}

function invalid(address: string): EngineRouteReading {
  return {
    problem: `"${printable(address, 120)}" is not an address of an engine: write unix:///PATH or tcp://HOST:PORT`,
    isUnsupported: false,
  };
}
