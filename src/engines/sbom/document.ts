// What an SBOM document says of itself. Handed in, so that the same inventory gives the same document.

export interface SbomDetails {
  /** The image as a person would name it. */
  readonly name: string;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly createdAt: number;
  /** A UUID; the document's identity. */
  readonly serial: string;
  /** Version of Plimsoll. */
  readonly toolVersion: string;
}
