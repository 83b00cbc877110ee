// The setting of who sends a blob's bytes: this server, or the one in front that can read its files. A row of the
// table in settings.ts, and what the registry is handed for it.
import { join } from 'node:path';
import { createHandOver, type HandOver } from '../entry/http/hand-over.ts';
import { appErrors } from './errors.ts';
import type { Reading, Setting } from './setting.ts';

export type Sendfile =
  | { readonly kind: 'off' }
  /** nginx: the address of its internal location, a slash at both ends. */
  | { readonly kind: 'x-accel-redirect'; readonly prefix: string }
  /** Apache, lighttpd: the file's own path. */
  | { readonly kind: 'x-sendfile' };

export const sendfile: Setting<Sendfile> = Object.freeze({
  key: 'registry.sendfile',
  flag: '--registry-sendfile',
  env: 'PLIMSOLL_REGISTRY_SENDFILE',
  fallback: 'off',
  meaning:
    'Whether the proxy in front sends the bytes of blobs, from the folder blobs of the data: off, x-accel-redirect:/PREFIX/ for nginx with the address of its internal location, or x-sendfile. Needs proxy.trusted.',
  read: readSendfile,
  format: (value: Sendfile) =>
    value.kind === 'x-accel-redirect' ? `${value.kind}:${value.prefix}` : value.kind,
});

function readSendfile(text: string): Reading<Sendfile> {
  if (text === 'off' || text === 'x-sendfile') return { value: { kind: text } };
  // Letters that no server would have to decode: the header is an address, not a path.
  const [, prefix] = /^x-accel-redirect:(\/(?:[A-Za-z0-9._-]+\/)+)$/.exec(text) ?? [];
  return prefix === undefined
    ? { must: 'be off, x-accel-redirect:/PREFIX/ or x-sendfile' }
    : { value: { kind: 'x-accel-redirect', prefix } };
}

/** For the registry; empty where it sends blobs itself. `app.setting_invalid` where nobody in front is trusted. */
export function handOverOf(config: {
  readonly data: string;
  readonly proxyTrusted: 'on' | 'off';
  readonly registrySendfile: Sendfile;
}): { readonly handOver?: HandOver } {
  const { data, proxyTrusted, registrySendfile: wanted } = config;
  if (wanted.kind === 'off') return {};
  if (proxyTrusted !== 'on')
    throw appErrors.setting_invalid(
      'registry.sendfile is set, but proxy.trusted is off; it must be on, since only an own proxy can send the files',
    );
  return {
    handOver:
      wanted.kind === 'x-sendfile'
        ? createHandOver('X-Sendfile', `${join(data, 'blobs')}/`)
        : createHandOver('X-Accel-Redirect', wanted.prefix),
  };
}
