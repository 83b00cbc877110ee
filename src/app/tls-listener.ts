// What the server's own listener needs of TLS: its files, watched, and whether clients show certificates.
import type { Config } from './config.ts';
import { appErrors } from './errors.ts';
import { clientCertificatesOf, tlsFilesOf } from './tls-files.ts';
import { createTlsWatch } from './tls-watch.ts';
import type { Surroundings } from './wire.ts';
import { countFronts } from './worker-setting.ts';

/** Undefined where the server speaks plain HTTP. `app.setting_invalid`, and as `tlsFilesOf` and `createTlsWatch`. */
export async function openTls(config: Config, surroundings: Surroundings) {
  const files = tlsFilesOf(config);
  if (files === undefined) return undefined;
  const watch = await createTlsWatch(files, surroundings);
  const clientCertificates = clientCertificatesOf(config);
  if (clientCertificates !== 'none' && countFronts(config.workers) > 0)
    throw appErrors.setting_invalid(
      'tls.client_certificates is set, and workers is over 1; client certificates need a server of one process',
    );
  return { watch, parts: { material: watch.material, clientCertificates } };
}
