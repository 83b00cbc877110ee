// The instance's side of its parts: the authority of their certificates, who they are, and the listener that they
// connect to. Its own certificate lives an hour too and is renewed at half of that; what it takes is looked at each
// minute and after each rotation. Where its key cannot be opened, everything else serves, and it is tried again.

import { generateKeyPair } from 'node:crypto';
import { isIP } from 'node:net';
import { promisify } from 'node:util';
import { type RunningServer, type ServerParts, startServer } from '../entry/http/server.ts';
import type { TlsMaterial } from '../entry/http/tls.ts';
import { formatSpiffeId } from '../formats/spiffe/spiffe-id.ts';
import { formatPem } from '../formats/x509/certificate-pem.ts';
import type { Database } from '../io/db/database.ts';
import { isPlimsollError } from '../kit/error.ts';
import { Loop } from '../services/jobs/loop.ts';
import {
  createMemberships,
  type MembershipDeps,
  type Memberships,
  type PartPlace,
} from '../services/parts/membership.ts';
import { instancePath } from '../services/parts/part-name.ts';
import { createParts, type Parts } from '../services/parts/parts.ts';
import { createWorkloadAuthority, type WorkloadAuthority } from '../services/parts/workload-authority.ts';
import { type Config, formatAddress } from './config.ts';
import { appErrors } from './errors.ts';
import { openRing, type TrustSurroundings } from './trust.ts';
import type { Surroundings } from './wire.ts';

export interface PartSide extends AsyncDisposable {
  readonly services: { readonly parts: Parts; readonly memberships: Memberships };
  /**
   * Listens, where that is configured, and from now on looks each minute. `app.setting_invalid` where the public
   * address cannot name a trust domain, `http.address_unusable`.
   */
  listen(how: Omit<ServerParts, 'host' | 'port' | 'tls' | 'log'>): Promise<void>;
  /** Takes what is new of keys and certificates now. Never rejects. */
  look(): Promise<void>;
}

type Deps = Pick<MembershipDeps, 'accounts' | 'robots'> & { readonly database: Database };

const LOOK_MS = 60_000;
const generate = promisify(generateKeyPair);

/** `url` says where clients reach the instance; asked anew each time. */
export function openParts(
  config: Config,
  deps: Deps,
  surroundings: TrustSurroundings & Pick<Surroundings, 'log'>,
  url: () => string,
): PartSide {
  const { clock, log } = surroundings;
  const authority = createWorkloadAuthority({
    ...deps,
    ...surroundings,
    ring: openRing(config, surroundings),
  });
  let server: RunningServer | undefined;
  let loop: Loop | undefined;
  let start: ((material: TlsMaterial) => Promise<void>) | undefined;
  let held: Material | undefined;
  let looking: Promise<void> = Promise.resolve();

  const place = (): PartPlace | undefined =>
    server === undefined ? undefined : placeOf(config, url(), server.port);

  async function lookOnce(): Promise<void> {
    if (start === undefined) return;
    const { trustDomain, address } = placeOf(config, url(), server?.port ?? 0);
    const authorities = (await authority.listAuthorities(trustDomain)).map((one) => formatPem([one]));
    const isHeld = held?.material.clientAuthorities.join() === authorities.join();
    if (server !== undefined && isHeld && clock.now() < (held?.renewAfter ?? 0)) return;
    const next = await makeMaterial(authority, trustDomain, new URL(address).hostname);
    if (server === undefined) await start(next.material);
    else server.renewTls?.(next.material);
    held = next;
  }

  const look = (): Promise<void> => {
    looking = looking.then(lookOnce).catch((error: unknown) => {
      log.error('the certificate of the listener for parts cannot be renewed; it is tried again', {
        reason: (error as Error).message,
      });
    });
    return looking;
  };

  return {
    services: {
      parts: createParts({ ...deps, ...surroundings }),
      memberships: createMemberships({ ...deps, ...surroundings, authority, place }),
    },
    look,
    async listen(how) {
      const { partsListen } = config;
      if (partsListen === undefined) return;
      checkDomain(placeOf(config, url(), 0).trustDomain, url());
      start = async (material) => {
        const tls = { material, clientCertificates: 'required' as const, isForParts: true };
        server = await startServer({ ...how, ...partsListen, tls, log });
        log.notice('parts of the installation are listened for', { address: place()?.address });
      };
      try {
        await lookOnce();
      } catch (error) {
        if (isPlimsollError(error, { code: 'http.address_unusable' })) throw error;
        log.error('parts cannot be listened for; it is tried again', { reason: (error as Error).message });
      }
      loop = new Loop({
        name: 'the listener for parts',
        pauseMs: LOOK_MS,
        log,
        round: async () => {
          await look();
          return false;
        },
      });
    },
    async [Symbol.asyncDispose]() {
      start = undefined;
      await Promise.all([loop?.[Symbol.asyncDispose](), server?.[Symbol.asyncDispose]()]);
      await looking;
    },
  };
}

interface Material {
  readonly material: TlsMaterial;
  readonly renewAfter: number;
}

/** A key that never leaves this process, and a certificate of an hour for it. */
async function makeMaterial(
  authority: WorkloadAuthority,
  trustDomain: string,
  hostname: string,
): Promise<Material> {
  const { publicKey, privateKey } = await generate('ec', { namedCurve: 'P-256' });
  const host = hostname.replace(/^\[|\]$/g, '');
  const { der, notBeforeMs, notAfterMs } = await authority.issue({
    id: { trustDomain, path: instancePath },
    publicKey: publicKey.export({ format: 'der', type: 'spki' }),
    ...(isIP(host) === 0 ? { hosts: [host] } : { addresses: [bytesOfAddress(host)] }),
  });
  const authorities = await authority.listAuthorities(trustDomain);
  return {
    material: {
      certificate: formatPem([der]),
      key: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
      clientAuthorities: authorities.map((one) => formatPem([one])),
    },
    renewAfter: (notBeforeMs + notAfterMs) / 2,
  };
}

/** The trust domain is the public host: who renames an instance has its parts join anew. */
function placeOf({ partsAddress, partsListen }: Config, url: string, listeningPort: number): PartPlace {
  const { hostname } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  const address = partsAddress ?? { host, port: listeningPort || (partsListen?.port ?? 0) };
  return { trustDomain: host.toLowerCase(), address: `https://${formatAddress(address)}` };
}

function checkDomain(trustDomain: string, url: string): void {
  try {
    formatSpiffeId({ trustDomain, path: instancePath });
  } catch (cause) {
    throw appErrors.setting_invalid(
      `parts.listen is set, and ${url} has no host name that parts could be named by; set public_url to one`,
      { cause },
    );
  }
}

/** 4 or 16 bytes of what `isIP` takes. */
function bytesOfAddress(text: string): Uint8Array {
  if (isIP(text) === 4) return Uint8Array.from(text.split('.').map(Number));
  // As the platform spells it: hexadecimal groups, and `::` for the longest row of zeros.
  const [head = '', tail = ''] = new URL(`http://[${text}]`).hostname.slice(1, -1).split('::');
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'));
  const [left, right] = [groups(head), groups(tail)];
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0');
  return Buffer.from([...left, ...zeros, ...right].map((group) => group.padStart(4, '0')).join(''), 'hex');
}
