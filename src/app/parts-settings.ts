// The settings of the listener for parts of the installation: rows of the table in settings.ts.
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
