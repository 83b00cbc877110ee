// Which addresses are not of the public internet: this machine, its networks, and ranges that nobody is reached at.
// IANA's special-purpose registries (RFC 6890 and its updates). An IPv6 address that carries an IPv4 one inside
// (mapped, 6to4, NAT64, Teredo) is not public either: it would lead around the check.
import { BlockList, isIP } from 'node:net';

export interface AddressCheck {
  /** Whether the text is an address that is not public; a name is not, whatever it resolves to. */
  isPrivate(address: string): boolean;
}

export function createAddressCheck(): AddressCheck {
  const special = new BlockList();
  for (const [network, prefix] of SPECIAL_V4) special.addSubnet(network, prefix, 'ipv4');
  for (const [network, prefix] of SPECIAL_V6) special.addSubnet(network, prefix, 'ipv6');
  const unicast = new BlockList();
  unicast.addSubnet('2000::', 3, 'ipv6');
  return {
    isPrivate(address) {
      // A zone (`fe80::1%eth0`) names an interface of this machine.
      const plain = address.replace(/^\[|\]$/g, '').split('%', 1)[0] as string;
      switch (isIP(plain)) {
        case 4:
          return special.check(plain, 'ipv4');
        case 6:
          return !unicast.check(plain, 'ipv6') || special.check(plain, 'ipv6');
        default:
          return false;
      }
    },
  };
}

const SPECIAL_V4: readonly (readonly [string, number])[] = Object.freeze([
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
]);

/** Within 2000::/3, outside of which nothing is public. */
const SPECIAL_V6: readonly (readonly [string, number])[] = Object.freeze([
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
]);
