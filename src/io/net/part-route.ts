// How a host is reached that this process is a part of: at an address of its own, with a certificate that it gave, and
// known by the name that its certificate must have. Types only; who keeps the certificates is io/parts.

export interface PartRoute {
  /** `https://HOST:PORT`, where the connection goes. */
  readonly address: string;
  /** PEM: what is shown there. */
  readonly certificate: string;
  readonly key: string;
  /** PEM texts; these alone are believed there, none of the public ones. */
  readonly authorities: readonly string[];
  /** The SPIFFE ID that the server's certificate must have; its DNS names do not count. */
  readonly serverId: string;
}

export interface PartRoutes {
  /** Whether this process is a part of the host, HOST[:PORT] as in a URL; what is spoken then is never plain http. */
  has(host: string): boolean;
  /** By the certificate that holds now. What makes it unusable is thrown: nothing is asked as nobody instead. */
  find(host: string): Promise<PartRoute | undefined>;
}
