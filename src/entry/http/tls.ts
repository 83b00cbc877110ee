// The listener with TLS, and who is at the other end of a connection by their certificate (RFC 8446, RFC 5246).
// Certificates change while it runs: new connections get the new ones, running requests end as they began. Where the
// authorities change, connections that the old ones vouched for end with their running request, and no session of
// before is resumed, since its keys go with its context. The certificate is read once for each connection.
import { createServer, type Server, type ServerOptions } from 'node:https';
import type { Socket } from 'node:net';
import type { SecureContextOptions, TLSSocket } from 'node:tls';
import { readWorkload, type WorkloadCertificate } from '../../engines/authority/workload.ts';
import { readCertificate } from '../../formats/crypto/certificate.ts';
import { describeError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';
import type { PresentedCertificate } from '../../services/hub/certificates.ts';
import { httpErrors } from './errors.ts';

/** PEM texts. */
export interface TlsMaterial {
  /** The server's own first, those between it and its authority after it. */
  readonly certificate: string;
  readonly key: string;
  /** Whose client certificates are believed; empty: nobody's, and a certificate is known by its fingerprint alone. */
  readonly clientAuthorities: readonly string[];
}

export interface TlsParts {
  readonly material: TlsMaterial;
  /** `required`: who has none of a known authority is refused in the handshake. */
  readonly clientCertificates: 'none' | 'optional' | 'required';
  /** Clients are parts of the installation, known by their SPIFFE IDs: TLS 1.3, and who has no certificate is refused. */
  readonly isForParts?: boolean;
}

export interface TlsListener {
  readonly server: Server;
  /** Takes other certificates, for new connections. Throws where the platform cannot use them, and keeps the old. */
  renew(material: TlsMaterial): void;
  /** Whether the connection should end with its running request. */
  isRetired(socket: Socket): boolean;
}

export function createTlsListener(parts: TlsParts, options: ServerOptions): TlsListener {
  let { material } = parts;
  const { isForParts = false } = parts;
  const minVersion = isForParts ? 'TLSv1.3' : 'TLSv1.2';
  const server = createServer({
    ...options,
    ...contextOf(material, minVersion),
    requestCert: parts.clientCertificates !== 'none',
    rejectUnauthorized: parts.clientCertificates === 'required',
    handshakeTimeout: limits.handshakeMs,
  });
  const vouchedFor = new Set<Socket>();
  const retired = new WeakSet<Socket>();
  server.on('secureConnection', (socket) => {
    if (isForParts) notePart(socket);
    else if (notePeer(socket, material.clientAuthorities.length > 0)?.isVerified !== true) return;
    vouchedFor.add(socket);
    socket.once('close', () => vouchedFor.delete(socket));
  });
  return {
    server,
    renew(next) {
      const isTrustKept = material.clientAuthorities.every((one) => next.clientAuthorities.includes(one));
      server.setSecureContext(contextOf(next, minVersion));
      material = next;
      if (isTrustKept) return;
      for (const socket of vouchedFor) retired.add(socket);
      server.closeIdleConnections();
    },
    isRetired: (socket) => retired.has(socket),
  };
}

function contextOf(
  { certificate, key, clientAuthorities }: TlsMaterial,
  minVersion: 'TLSv1.2' | 'TLSv1.3',
): SecureContextOptions {
  // An empty list trusts nobody; without one the platform would trust every public authority to name clients.
  return { cert: certificate, key, ca: [...clientAuthorities], minVersion };
}

const peer = Symbol('the client’s certificate');
const part = Symbol('the part’s certificate');
type Noted = Socket & { [peer]?: PresentedCertificate; [part]?: PresentedPart };

/** At the other end of a connection of the parts' listener: its certificate, or why it cannot be a part's. */
export type PresentedPart =
  | { readonly kind: 'read'; readonly certificate: WorkloadCertificate }
  | { readonly kind: 'refused'; readonly error: Error };

function notePart(socket: TLSSocket): void {
  (socket as Noted)[part] = readPart(socket);
}

function readPart(socket: TLSSocket): PresentedPart {
  try {
    const certificate = socket.getPeerX509Certificate();
    if (certificate === undefined || !socket.authorized) throw httpErrors.part_unknown('it showed none');
    return { kind: 'read', certificate: readWorkload(certificate.raw) };
  } catch (error) {
    const why = describeError(error);
    return { kind: 'refused', error: httpErrors.part_unknown(`the certificate is refused: ${why}`) };
  }
}

/** Of a connection of the parts' listener; undefined on every other. */
export function partOf(socket: Socket): PresentedPart | undefined {
  return (socket as Noted)[part];
}

/** Undefined where the client sent none. What the platform cannot read is as none. */
function notePeer(socket: TLSSocket, hasAuthorities: boolean): PresentedCertificate | undefined {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return undefined;
  const presented = { ...readCertificate(certificate), isVerified: hasAuthorities && socket.authorized };
  (socket as Noted)[peer] = presented;
  return presented;
}

/** The client's certificate, whose key the handshake has proven; undefined where there is none. */
export function peerOf(socket: Socket): PresentedCertificate | undefined {
  return (socket as Noted)[peer];
}
