// Names resolved for a connection, refused where any of their addresses is not public. Asked by the socket itself,
// so that what is checked is what is connected to: a name that changes its address in between gains nothing.
import dns from 'node:dns';
import type { LookupFunction } from 'node:net';
import { netErrors } from '../errors.ts';
import { createAddressCheck } from '../private-address.ts';

type Resolve = (
  hostname: string,
  options: dns.LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: dns.LookupAddress[]) => void,
) => void;

/** For agents: `net.address_private` instead of a connection; `resolve` is the system's unless a test hands in its own. */
export function createPublicLookup(resolve: Resolve = dns.lookup): LookupFunction {
  const check = createAddressCheck();
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, '', 0);
      const refused = addresses.find(({ address }) => check.isPrivate(address));
      if (refused !== undefined) {
        const why = netErrors.address_private(`${hostname} is ${refused.address}, which is not public`);
        return callback(why, '', 0);
      }
      const [first] = addresses;
      if (options.all === true) callback(null, addresses);
      else callback(null, first?.address ?? '', first?.family ?? 0);
    });
  };
}
