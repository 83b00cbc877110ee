// The settings of parts of the installation, the instance's listener and a part's own folder: rows of the table in
// settings.ts.
import type { Reading, Setting } from './setting.ts';

interface Address {
  readonly host: string;
  readonly port: number;
}

export function createPartsSettings({ read }: { readonly read: (text: string) => Reading<Address> }) {
  return Object.freeze({
    partsListen: Object.freeze<Setting<Address>>({
      key: 'parts.listen',
      flag: '--parts-listen',
      env: 'PLIMSOLL_PARTS_LISTEN',
      meaning:
        'Address to listen on for parts of the installation that run elsewhere, HOST:PORT; they speak mutual TLS with certificates of an hour that the instance gives. Off where absent.',
      read,
    }),
    partsAddress: Object.freeze<Setting<Address>>({
      key: 'parts.address',
      flag: '--parts-address',
      env: 'PLIMSOLL_PARTS_ADDRESS',
      meaning:
        'Where parts connect to, HOST:PORT; where absent the host of public_url and the port of parts.listen.',
      read,
    }),
  });
}

/** Where a part keeps what its instances gave it. */
export const partFolder: Setting<string> = Object.freeze<Setting<string>>({
  key: 'part.folder',
  flag: '--part-folder',
  env: 'PLIMSOLL_PART_FOLDER',
  meaning:
    'Folder of what this machine is a part of: a certificate and key for each instance that it has joined; in the user’s state folder where absent. It must be one that can be written to.',
  read: (text) => (text.trim() === '' || text.includes('\0') ? { must: 'be a path' } : { value: text }),
});
