// What a failed connection was, told from the runtime's own error codes (never from its texts).
import { isPlimsollError, type PlimsollError } from '../../../kit/error.ts';
import { netErrors } from '../errors.ts';
import type { PartRoute } from '../part-route.ts';

/** A coded error for anything that a connection threw; coded errors (a source's own too) stay as they are. */
export function netFailure(error: unknown, name: string): unknown {
  if (isPlimsollError(error)) return error;
  const code = errorCode(error);
  if (code === undefined) return error;
  return fromCode(code, name, error);
}

function fromCode(code: string, name: string, cause: unknown): PlimsollError {
  const reason = REASONS[code];
  if (reason !== undefined) return netErrors.unreachable(`${name}: ${reason}`, { cause });
  if (isCertificateCode(code))
    return netErrors.certificate_untrusted(`the certificate of ${name} is not trusted (${code})`, { cause });
  if (WANTS_CERTIFICATE.has(code))
    return netErrors.client_certificate_refused(
      `${name} wants a client certificate, or another than it was shown (${code})`,
      { cause },
    );
  if (code === 'HPE_HEADER_OVERFLOW')
    return netErrors.answer_too_large(`${name} answers with too large a head`, { cause });
  if (code.startsWith('HPE_'))
    return netErrors.answer_malformed(`${name} does not answer as HTTP (${code})`, { cause });
  return netErrors.unreachable(`${name} cannot be reached (${code})`, { cause });
}

/** The same failures as a part of the host, where no public authority counts and a certificate is always shown. */
export function partFailure(error: unknown, host: string, { address, serverId }: PartRoute): unknown {
  if (isPlimsollError(error, { code: 'net.certificate_untrusted' }))
    return netErrors.part_server_untrusted(
      `who answers for ${host} at ${address} is not ${serverId}: ${error.message}`,
      { cause: error },
    );
  if (isPlimsollError(error, { code: 'net.client_certificate_refused' }))
    return netErrors.part_refused(`${host} does not take this part’s certificate at ${address}`, {
      cause: error,
    });
  // Some servers tell nobody why they cut a connection.
  if (isPlimsollError(error, { code: 'net.unreachable' }) && errorCode(error.cause) === 'ECONNRESET')
    return netErrors.unreachable(`${error.message}, at ${address}; or this part’s certificate is not taken`, {
      cause: error.cause,
    });
  return error;
}

/** The name has no address, says its server: asking again in a minute says the same. */
export function isNoSuchHost(error: unknown): boolean {
  return errorCode((error as Error).cause) === 'ENOTFOUND';
}

/** OpenSSL's verification results, as the runtime spells them. */
function isCertificateCode(code: string): boolean {
  return (
    code.startsWith('CERT_') ||
    code.startsWith('UNABLE_TO_') ||
    code.startsWith('SELF_SIGNED_') ||
    code.startsWith('DEPTH_ZERO_') ||
    code === 'HOSTNAME_MISMATCH' ||
    code === 'INVALID_CA' ||
    code === 'INVALID_PURPOSE' ||
    code === 'ERR_TLS_CERT_ALTNAME_INVALID'
  );
}

/** Alerts of RFC 8446 §6.2, as the runtime spells them. TLS 1.2 has no word of its own for a missing certificate. */
const WANTS_CERTIFICATE: ReadonlySet<string> = new Set([
  'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
  'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA',
  'ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE',
  'ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_EXPIRED',
  'ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_REVOKED',
  'ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_UNKNOWN',
  'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE',
  'ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED',
  'ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN',
]);

function errorCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}

const REASONS: Readonly<Record<string, string>> = Object.freeze({
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the host’s name cannot be resolved now',
  ECONNREFUSED: 'nothing listens there (connection refused)',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut while sending',
  EHOSTUNREACH: 'no way to the host',
  ENETUNREACH: 'no way to the network',
  ETIMEDOUT: 'the connection timed out',
  ERR_PROXY_TUNNEL: 'the proxy opened no tunnel',
});
