// The address that a registry's host is reached at, where it is a Plimsoll instance.

/** A server of this machine alone speaks plain HTTP; every other one is an instance only over TLS. */
export function originOf(host: string): string {
  return `${/^(?:localhost|127\.|\[::1\])/.test(host) ? 'http' : 'https'}://${host}`;
}
