// What an SBOM document says of itself. Handed in, so that the same inventory gives the same document.

export interface SbomDetails {
  /** The image, folder or document as a person would name it. */
  readonly name: string;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly createdAt: number;
  /** A UUID; the document's identity. */
  readonly serial: string;
  /** What was looked at, in both formats' terms; a container where absent. */
  readonly kind?: 'container' | 'file' | 'application';
  /** Version of Plimsoll. */
  readonly toolVersion: string;
}
